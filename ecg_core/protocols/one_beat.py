"""BeatGAN's protocol: single heartbeats of one lead, five folds of normal beats drawn over all patients.

Zhou B, Liu S, Hooi B, Cheng X, Ye J. BeatGAN: anomalous rhythm detection using adversarially generated time series.
IJCAI 2019, doi 10.24963/ijcai.2019/616; details from its code (github hi-bingo/BeatGAN). 44 records, the lead MLII,
3 to 45 Hz, 320 samples around each annotation, each scaled to -1 to 1 by itself. A fifth of the normal beats (N, L, R)
of all patients is tested on, a tenth of the rest is left for validation; nine tenths of the abnormal ones (S, V, F, Q)
are tested on, the same in every fold. Normal beats of a patient are thus in training and test. Unlike there, normal
beats are not thinned to those that another R peak detector finds as well.

Two scores. *One beat only*: the mean distance of a beat to its three nearest normal training beats, in the code of an
autoencoder. *With context*: the same among those of its own recording, with four RR numbers beside the code, as a tail
score (`evaluation.tail`) that validation beats give the scale, plus half of that of its prematurity among training
beats. The second uses the patient's own normal beats and the whole recording's RR intervals, which the published ones
do not. Sizes, number of neighbours and weights come from trials on the validation part of other such splits, whose
patients are those tested here; the five folds were scored once.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.signal import filtfilt, firwin
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors

from ecg_core.beats.rr import LOCAL_BEATS, RR_RANGE_S, prematurity, rr_intervals
from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.evaluation.tail import TailScore
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.dense_autoencoder_numpy import encode
from ecg_core.one_thread import one_thread
from ecg_core.protocols.heartbeats import ALL
from ecg_core.protocols.protocol import Column, Protocol, ProtocolResult, ProtocolRow, ProtocolRun, Published
from ecg_core.workspace import now

FOLDS, SEED = 5, 0
TESTED_ABNORMAL, VALIDATED = 0.9, 0.1
BEFORE, AFTER = 140, 180
BAND_HZ, ORDER_S = (3.0, 45.0), 0.3
HIDDEN, CODE = (256, 64), 12
EPOCHS, BATCH_SIZE, LEARNING_RATE, WEIGHT_DECAY = 15, 256, 4e-3, 1e-4
NEAREST, RR_WEIGHT, EARLY_WEIGHT = 3, 8.0, 0.5
NORMAL = "NLR"
ABNORMAL = {"S": "aJASje", "V": "VE", "F": "F", "Q": "/fQ"}
CONTEXT = "with context"

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Windows:
    """Beats of all records, row by row."""

    signal: Floats = field(repr=False)
    """(n, 320) each from -1 to 1."""
    label: npt.NDArray[np.str_] = field(repr=False)
    """(n,) N, S, V, F or Q."""
    record: npt.NDArray[np.int64] = field(repr=False)
    """(n,) number of the record."""
    rhythm: Floats = field(repr=False)
    """(n, 4) RR after and before against the median around and the recording's mean, and prematurity."""
    early: Scores = field(repr=False)
    """(n, 3) prematurity against three references (`beats.rr`)."""

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows of one fold."""

    learned: Rows = field(repr=False)
    validated: Rows = field(repr=False)
    """Normal beats that were not learned from."""
    tested: Rows = field(repr=False)


def windows_of(records: list[Record]) -> Windows:
    """The beats of the protocol; those whose window leaves the recording are left out."""
    kinds = dict.fromkeys(NORMAL, "N") | {one: name for name, every in ABNORMAL.items() for one in every}
    parts = []
    for number, record in enumerate(records):
        marks = record.annotations
        label = np.array([kinds.get(symbol, "") for symbol in marks.symbol.tolist()])
        at, label = marks.sample[label != ""], label[label != ""]
        pre_s, post_s = rr_intervals(at, record.fs)
        early = prematurity(pre_s)
        rhythm = _rhythm(pre_s, post_s, early)
        whole = (at >= BEFORE) & (at + AFTER <= record.n_samples)
        wave = filtered(record.mv(leads=[0])[:, 0], record.fs)
        cut = wave[at[whole][:, None] + np.arange(-BEFORE, AFTER)]
        parts.append((_scaled(cut), label[whole], np.full(whole.sum(), number), rhythm[whole], early[whole]))
    return Windows(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def filtered(wave: Floats, fs: float) -> Scores:
    """A lead (n,) mV between 3 and 45 Hz, by a linear-phase filter of 0.3 s run both ways."""
    taps = firwin(int(ORDER_S * fs) | 1, BAND_HZ, pass_zero=False, fs=fs)
    band: Scores = filtfilt(taps, [1.0], np.nan_to_num(wave.astype(np.float64)))
    return band


def _scaled(cut: Scores) -> Floats:
    low, high = cut.min(axis=1, keepdims=True), cut.max(axis=1, keepdims=True)
    scaled: Floats = (2 * (cut - low) / np.maximum(high - low, 1e-9) - 1).astype(np.float32)
    return scaled


def _rhythm(pre_s: Scores, post_s: Scores, early: Scores) -> Floats:
    usual = float(np.nanmean(pre_s))
    p, q = (np.log(np.clip(np.where(np.isfinite(one), one, usual), *RR_RANGE_S)) for one in (pre_s, post_s))
    around = np.pad(p, LOCAL_BEATS, mode="edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(around, 2 * LOCAL_BEATS + 1), axis=1)
    numbers = [RR_WEIGHT * (q - local), RR_WEIGHT * (p - local), RR_WEIGHT * (p - np.log(usual)), early[:, 1]]
    return np.stack(numbers, axis=1).astype(np.float32)


def folds_of(label: npt.NDArray[np.str_]) -> list[Fold]:
    """The five, drawn by seed 0."""
    rng = np.random.default_rng(SEED)
    abnormal = rng.permutation(np.flatnonzero(label != "N"))
    tested_abnormal = abnormal[: round(TESTED_ABNORMAL * len(abnormal))]
    found = []
    parts = np.array_split(rng.permutation(np.flatnonzero(label == "N")), FOLDS)
    for k, tested in enumerate(parts):
        rest = np.concatenate([part for other, part in enumerate(parts) if other != k])
        n_validated = round(VALIDATED * len(rest))
        found.append(Fold(rest[n_validated:], rest[:n_validated], np.concatenate([tested, tested_abnormal])))
    return found


def trained(signal: Floats) -> Arrays:
    """Weights of an autoencoder that has learned these windows (n, 320)."""
    import torch  # slow to import, and pages only look at what came of it

    from ecg_core.learning.crossfit import Lesson, Schedule, crossfit, no_figures
    from ecg_core.networks.dense_autoencoder import DenseAutoencoder

    every = torch.from_numpy(signal)

    def loss(network: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.mse_loss(network(every[batch]), every[batch])

    lesson = Lesson(
        build=lambda: DenseAutoencoder(signal.shape[1], HIDDEN, CODE), seed=SEED, n_rows=len(signal), loss=loss,
        validate=no_figures,
    )  # fmt: skip
    schedule = Schedule(EPOCHS, BATCH_SIZE, LEARNING_RATE, WEIGHT_DECAY, SEED)
    fitted = crossfit(
        (), 1, schedule, lambda _stage, _held_out: lesson,
        lambda _stage, _weights, rows: np.zeros(len(rows), np.float32), ("nothing", (0,)), lambda weights: weights,
        Monitor(),
    )  # fmt: skip
    return fitted.final[0]


def one_beat_scores(code: Floats, fold: Fold) -> Scores:
    """Distance (n_tested,) to the nearest normal training beats of anybody."""
    return _distance(code[fold.learned], code[fold.tested])


def scores_in_context(code: Floats, windows: Windows, fold: Fold) -> Scores:
    """Score (n_tested,) among the recording's own normal training beats, and by how early the beat comes."""
    places = np.concatenate([code, windows.rhythm], axis=1)
    asked = np.concatenate([fold.validated, fold.tested])
    distance = np.zeros(len(asked))
    for number in np.unique(windows.record[asked]):
        own, there = windows.record[asked] == number, windows.record[fold.learned] == number
        known = fold.learned[there] if there.sum() >= NEAREST else fold.learned
        distance[own] = _distance(places[known], places[asked[own]])
    apart, tested = distance[: len(fold.validated)], distance[len(fold.validated) :]
    early = [
        TailScore.fit(windows.early[fold.learned, k]).transform(windows.early[fold.tested, k])
        for k in range(windows.early.shape[1])
    ]
    total: Scores = TailScore.fit(apart).transform(tested) + EARLY_WEIGHT * np.mean(early, axis=0)
    return total


def _distance(known: Floats, asked: Floats) -> Scores:
    nearest = NearestNeighbors(n_neighbors=NEAREST).fit(known)
    return np.asarray(nearest.kneighbors(asked)[0].mean(axis=1), np.float64)


def carried_out(run: ProtocolRun) -> ProtocolResult:
    """Train and test fold by fold."""
    run.tell("reading")
    windows = windows_of([read_record(run.source.folder, name) for name in ALL])
    rows = []
    for number, fold in enumerate(folds_of(windows.label), start=1):
        run.tell(f"fold {number} of {FOLDS}")
        with one_thread():
            weights = trained(windows.signal[fold.learned])
        code = encode(weights, windows.signal)
        code /= code[fold.learned].std(axis=0)
        label = windows.label[fold.tested]
        figures = _figures(label, one_beat_scores(code, fold), "")
        figures |= _figures(label, scores_in_context(code, windows, fold), f" {CONTEXT}")
        rows.append(ProtocolRow(f"fold {number}", figures))
    total: dict[str, float | None] = {
        key: float(np.mean([row.figures[key] or 0.0 for row in rows])) for key in rows[0].figures
    }
    return ProtocolResult(run.protocol.name, "", now(), total, tuple(rows), PUBLISHED, NOTE)


def _figures(label: npt.NDArray[np.str_], score: Scores, way: str) -> dict[str, float | None]:
    found: dict[str, float | None] = {
        f"AUC{way}": float(roc_auc_score(label != "N", score)),
        f"average precision{way}": float(average_precision_score(label != "N", score)),
    }
    for name in ("S", "V", "F"):
        own = (label == name) | (label == "N")
        found[f"{name} AUC{way}"] = float(roc_auc_score(label[own] == name, score[own]))
    return found


COLUMNS = tuple(
    column
    for way, said in (("", ""), (f" {CONTEXT}", f", {CONTEXT}"))
    for column in (
        Column(f"AUC{way}", f"AUC{said}"),
        Column(f"average precision{way}", f"Average precision{said}"),
        *(Column(f"{name} AUC{way}", f"AUC of {name}{said}") for name in ("S", "V", "F")),
    )
)
NOTE = (
    "With context it uses what the published ones do not: the patient's own normal beats, which the split puts into "
    "training, and RR intervals. Sizes and weights come from trials on other splits of the same records. Normal beats "
    "of a patient are in training and test: nothing here says what to expect of a new patient."
)
PUBLISHED = (
    Published("SIA-GAN", {"AUC": 0.9588}, "github dlgosla/SIA-GAN"),
    Published(
        "BeatGAN 2019, beats warped", {"AUC": 0.9475, "average precision": 0.9143}, "doi 10.24963/ijcai.2019/616"
    ),
    Published("BeatGAN 2019", {"AUC": 0.9447, "average precision": 0.9108}, "doi 10.24963/ijcai.2019/616"),
    Published("GANomaly, as there", {"AUC": 0.9083, "average precision": 0.8701}, "doi 10.24963/ijcai.2019/616"),
    Published("Autoencoder, as there", {"AUC": 0.8944, "average precision": 0.8415}, "doi 10.24963/ijcai.2019/616"),
)
ONE_BEAT = Protocol(
    "beatgan",
    "Single heartbeats, as BeatGAN",
    "44 records, one lead, 320 samples around each beat; trained on normal beats of all patients, tested on a fifth of "
    "the normal ones and on abnormal ones (S, V, F, Q). Mean of five folds, seen as one beat only and with context.",
    "",
    ALL,
    COLUMNS,
    carried_out,
    "Fold",
)
