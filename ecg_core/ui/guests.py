"""Who is at a page, and buttons that change something: guests see them and why they do nothing."""

import os
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ecg_core.access import EDITORS, READ_ONLY, Visitor, ask_for_visitors, refusal
from ecg_core.ui.serving.login import login_configured
from ecg_core.ui.serving.origins import LOOPBACK

LONGEST_NAME = 60


def at_the_page() -> Visitor | None:
    """Who has signed in at the page that runs; None where none runs."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    if not login_configured() or not st.user.is_logged_in:
        return Visitor()
    said = st.user.to_dict()
    mail = said.get("email") if said.get("email_verified", True) else None  # one that anybody could have typed is none
    return Visitor(str(mail or said.get("sub") or ""))


def signed_in_name() -> str:
    """What decisions are signed with; empty without a sign-in."""
    who = at_the_page()
    return "".join(one for one in who.name if one.isprintable())[:LONGEST_NAME] if who else ""


def change_button(label: str, *, form: bool = False, **how: Any) -> bool:
    """`st.button` for what changes something kept; of a form, its submit button."""
    if reason := refusal():
        how |= {"disabled": True, "help": reason}
    pressed = st.form_submit_button(label, **how) if form else st.button(label, **how)
    return bool(pressed)


def require_sign_in() -> None:
    """Where a sign-in is configured and has not been done, show it and nothing else."""
    if not login_configured() or st.user.is_logged_in:
        return
    st.title("ECG anomaly workbench", anchor=False)
    st.markdown("Sign in to see recordings.")
    st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login, key="page.sign_in")
    st.stop()


def served_to_others() -> bool:
    """Whether people of other machines are expected: a sign-in, guests, or a name that is not this machine's."""
    hosts: list[str] = config.get_option("server.allowedHosts")
    limited = READ_ONLY in os.environ or EDITORS in os.environ
    return limited or login_configured() or not hosts or any(host not in LOOPBACK for host in hosts)


def where(folder: Path, key: str) -> None:
    """A small button that shows where a folder lies on this machine, to whoever sits at it."""
    if not served_to_others() and st.button("Where on this machine", type="tertiary", key=key):
        st.code(str(folder), language=None, wrap_lines=True)


def account() -> None:
    """In the sidebar: who has signed in, and whether that is a guest."""
    who = at_the_page()
    if who and who.name and login_configured():
        st.caption(f":material/person: {signed_in_name()}")
        st.button("Sign out", type="tertiary", icon=":material/logout:", on_click=st.logout, key="page.sign_out")
    if reason := refusal():
        st.caption(f":material/visibility: {reason}")


ask_for_visitors(at_the_page)
