"""Opening a page as the first request of a session, with an address."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

PROJECT = Path(__file__).parents[2]
TIMEOUT_S = 180


def unopened(page: str, **address: str) -> AppTest:
    """A session about to open `page` (such as `7_Runs`) of the app with these values in its query string."""
    app = AppTest.from_file(PROJECT / "app.py", default_timeout=TIMEOUT_S)
    if page != "app":
        app.switch_page(f"pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app


def opened(page: str, **address: str) -> AppTest:
    """The same after its first run, which must not raise."""
    app = unopened(page, **address).run()
    assert not app.exception, app.exception
    return app


def settled(app: AppTest) -> AppTest:
    """The page when what it works out beside itself has ended: each run waits a moment for it."""
    for _ in range(500):
        assert not app.exception, app.exception
        if not any("It goes on if you leave this page" in one.value for one in (*app.caption, *app.markdown)):
            return app
        app.run()
    raise AssertionError("still at work")
