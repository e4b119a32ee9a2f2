"""What a page wrote last reaches the browser though a part of it is run again before the server's loop has taken it."""

import subprocess
import sys
from pathlib import Path

PAGE = """
import streamlit as st

@st.fragment
def part():
    st.caption("part")

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

async def texts(session):
    found = []
    while not found or session._scriptrunner is not None:
        found += [message for message in session.flush_browser_queue()]
        await asyncio.sleep(0.01)
    found += session.flush_browser_queue()
    return [(one.delta.fragment_id, one.delta.new_element.markdown.body) for one in found if one.HasField("delta")]

async def main():
    session = AppSession(ScriptData(page, False), files, runtime._script_cache, lambda: None, {})
    session.request_rerun(ClientState())
    before = await texts(session)
    (fragment,) = {one for one, _ in before if one}
    session.request_rerun(ClientState())
    session._scriptrunner._script_thread.join()  # the loop is busy until the page has run
    session.request_rerun(ClientState(fragment_id=fragment))
    print([text for _, text in await texts(session)])

asyncio.run(main())
"""


def written(folder: Path, kept: str) -> str:
    page = folder / "page.py"
    page.write_text(PAGE)
    done = subprocess.run([sys.executable, "-c", SERVER, str(page), kept], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_a_page_wrote_last_is_shown_though_a_part_is_run_again_at_once(tmp_path: Path) -> None:
    assert "'last'" in written(tmp_path, "kept")


def test_without_waiting_streamlit_would_lose_it(tmp_path: Path) -> None:
    said = written(tmp_path, "lost")
    assert "'part'" in said and "'last'" not in said, "Streamlit has mended it: `last_words` is not needed any more"
