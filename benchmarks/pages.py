"""Server time of a rerun and of a threshold move, against reading one record with wfdb, measured in this run.

ECG_DATA_DIR=<folder> python -m benchmarks.pages
"""

import json
import tempfile
import time
from statistics import median

REPEATS = 15


def main() -> None:
    import os

    import wfdb
    from streamlit.testing.v1 import AppTest

    from ecg_core import workspace
    from ecg_core.data.sources import current_source

    with tempfile.TemporaryDirectory() as scratch:
        os.environ["ECG_HOME"] = scratch
        source = current_source()

        def opened(page: str) -> AppTest:
            app = AppTest.from_file(workspace.PROJECT / "app.py", default_timeout=300)
            app.switch_page(f"pages/{page}.py").run()
            assert not app.exception
            return app

        def read() -> float:
            started = time.perf_counter()
            wfdb.rdrecord(str(source.folder / source.records[0]), physical=True)
            return time.perf_counter() - started

        found = {"wfdb_reads_one_record_ms": round(1000 * median(read() for _ in range(REPEATS)), 1)}
        for page in ("1_Records", "2_Class_balance", "5_Autoencoder", "7_Runs"):
            app = opened(page)
            times, ratios = [], []
            for _ in range(REPEATS):
                started = time.perf_counter()
                app.run()
                times.append(time.perf_counter() - started)
                ratios.append(times[-1] / read())
            kilobytes = sum(len(chart.proto.spec) for chart in app.get("plotly_chart")) / 1000
            found[page] = {
                "rerun_ms": round(1000 * median(times), 1),
                "rerun_over_wfdb": round(median(ratios), 2),
                "charts_kb": round(kilobytes, 1),
            }
        app = opened("5_Autoencoder")
        times = []
        for step in range(REPEATS):
            app.slider(key="threshold.slider").set_value(4.0 + step / 4)
            started = time.perf_counter()
            app.run()
            times.append(time.perf_counter() - started)
        found["threshold_move_ms"] = round(1000 * median(times), 1)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
