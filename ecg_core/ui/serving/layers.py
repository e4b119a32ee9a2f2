"""What is laid around Streamlit's own application."""

from starlette.middleware import Middleware

from ecg_core.ui.serving.guard import Guard, no_server_name


def layers() -> list[Middleware]:
    """For `st.App(middleware=...)`: called once, as the server loads app.py."""
    no_server_name()
    return [Middleware(Guard)]
