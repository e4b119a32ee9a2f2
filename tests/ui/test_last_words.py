"""What a page wrote last reaches the browser though a part of it is run again before the server's loop has taken it."""

import subprocess
import sys
from pathlib import Path

PAGE = """
import streamlit as st

@st.fragment
def part():
    st.caption("part " + str(st.number_input("Number", value=0)))

part()
st.caption("last")
"""
SERVER = """
import asyncio, sys
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from ecg_core.ui import last_words

page, kept = sys.argv[1], sys.argv[2] == "kept"
if kept:
    last_words.keep()
files = MemoryUploadedFileManager("/upload")
runtime = Runtime(RuntimeConfig(page, MemoryMediaFileStorage("/media"), files))

async def written(session):
    found = []
    while not found or session._scriptrunner is not None:
        found += session.flush_browser_queue()
        await asyncio.sleep(0.05)
    found += session.flush_browser_queue()
    return [one.delta for one in found if one.HasField("delta")]

def part(delta, number):
    state = ClientState(fragment_id=delta.fragment_id)
    state.widget_states.widgets.add(id=delta.new_element.number_input.id, double_value=number)
    return state

async def main():
    session = AppSession(ScriptData(page, False), files, runtime._script_cache, lambda: None, {})
    session.request_rerun(ClientState())
    (box,) = [one for one in await written(session) if one.new_element.WhichOneof("type") == "number_input"]
    session.request_rerun(ClientState())
    session._scriptrunner._script_thread.join()  # the loop is busy until the page has run
    session.request_rerun(part(box, 1))
    if kept:
        while session._scriptrunner is not None:  # the last message of the page is being taken
            await asyncio.sleep(0)
        session.request_rerun(part(box, 2))
    print([one.new_element.markdown.body for one in await written(session)])

asyncio.run(main())
"""


def written(folder: Path, kept: str) -> str:
    page = folder / "page.py"
    page.write_text(PAGE)
    done = subprocess.run([sys.executable, "-c", SERVER, str(page), kept], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_a_page_wrote_last_is_shown_though_a_part_is_run_again_at_once_and_again(tmp_path: Path) -> None:
    said = written(tmp_path, "kept")
    assert "'last'" in said
    assert said.rindex("'part 2'") > said.find("'part 1'"), "what was asked for later counts"


def test_without_waiting_streamlit_would_lose_it(tmp_path: Path) -> None:
    said = written(tmp_path, "lost")
    assert "'part 1'" in said and "'last'" not in said, "Streamlit has mended it: `last_words` is not needed any more"
