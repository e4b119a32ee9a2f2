"""Words and abbreviations of the pages, each in a sentence or two that presume none of the others."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One entry."""

    name: str
    """As it stands on the pages."""
    meaning: str
    """One to three sentences."""
    also: tuple[str, ...] = ()
    """Other ways in which it is written."""


CLASSES = (
    Term("N", "A beat that starts in the sinus node or as if it did: normal, bundle branch block, escape."),
    Term("S", "Supraventricular ectopic beat: one that starts early, above the ventricles. Its QRS looks like a normal "
              "one; what gives it away is its time and its P wave."),
    Term("V", "Ventricular ectopic beat: one that starts in a ventricle. Wide, and unlike the others; includes "
              "ventricular escape beats."),
    Term("F", "Fusion beat: a ventricular and a normal beat at once, with a shape between the two."),
    Term("Q", "Beat of a pacemaker, or one that nobody could classify. Left out of most figures."),
)  # fmt: skip
DATA = (
    Term("AAMI classes", "The five classes N, S, V, F and Q, into which the standard EC57 sorts all codes of beats.",
         ("AAMI",)),
    Term("EC57", "ANSI/AAMI EC57: the standard for how arrhythmia detectors are tested: which records, which classes, "
                 "which beats count as found."),
    Term("DS1 and DS2", "The usual halves of the MIT-BIH database, 22 records each. All is trained and chosen on "
                        "DS1; DS2 is looked at once, at the end. Records 201 and 202 are one patient, and lie on both "
                        "sides.", ("DS1", "DS2")),
    Term("Validation", "Records of the training half that a model was not trained on: to choose thresholds and options "
                       "by.", ("validation part",)),
    Term("Test", "Records that nothing was trained or chosen on. A figure counts only if it is from there, and only "
                 "as long as nobody chooses by it.", ("test part",)),
    Term("Patients left out", "Each patient is judged by a model trained without any of that patient's beats."),
    Term("R peak", "The sharp peak of a heartbeat in an ECG, by which its time is told."),
    Term("RR", "The time from one R peak to the next, in ms. 60,000 by it is the heart rate.", ("RR interval",)),
    Term("Reference", "The labels that came with a recording, made by cardiologists."),
    Term("Simulated", "A recording made by a beat model, so that everything can be tried without data. No patient is "
                      "behind it."),
    Term("Synthetic", "A beat that a GAN made. Used for training only, never for a figure."),
    Term("SMOTE", "A simple way to make more beats of a class: points between two recorded ones."),
)  # fmt: skip
MODELS = (
    Term("Autoencoder", "A network that learns to redraw normal beats. What it redraws badly is unlike them."),
    Term("Reconstruction", "A beat as the autoencoder redraws it; the gap to the recorded beat is its error."),
    Term("Abnormality score", "How rare a beat's error and timing are among normal beats: 0 is ordinary, 2.3 rarer "
                              "than one in 10, 4.6 rarer than one in 100, for each part.", ("score",)),
    Term("nat", "The unit of the abnormality score, a logarithm of a rarity: 2.3 nats are a factor of ten.", ("nats",)),
    Term("Threshold", "Beats that score higher are flagged."),
    Term("GAN", "Two networks in a contest: one makes beats, the other tells them from recorded ones."),
    Term("CNN", "A convolutional neural network: here the one that names the class of a beat."),
    Term("Epoch", "One pass of a training over all its beats."),
    Term("Calibration", "Whether probabilities can be believed: of beats called S with 80 %, 80 % should be S.",
         ("calibrated",)),
)  # fmt: skip
FIGURES = (
    Term("Sensitivity", "Of the beats that are abnormal (or of a class), the share that is found.", ("Se", "recall")),
    Term("Specificity", "Of the beats that are normal, the share that is left alone.", ("Sp",)),
    Term("Positive predictivity", "Of the beats that were flagged (or called a class), the share that truly are.",
         ("+P", "PPV", "precision")),
    Term("False alarms per hour", "Normal beats that are flagged, for each hour of recording."),
    Term("F1", "Sensitivity and positive predictivity in one (their harmonic mean): 1 is perfect, 0 is useless."),
    Term("Macro-F1", "The mean of F1 over the classes, so that a rare class counts as much as N."),
    Term("ROC", "Sensitivity against the share of normal beats flagged, at every threshold.", ("ROC curve",)),
    Term("AUC", "Area under the ROC curve: how often an abnormal beat scores higher than a normal one. 1 is perfect, "
                "0.5 is chance.", ("ROC AUC",)),
    Term("AP", "Average precision: the area under the curve of precision against sensitivity. Unlike the AUC it is low "
               "where false alarms outnumber the rare beats.", ("average precision", "PR AUC")),
    Term("Two-sample AUC", "How well synthetic beats can be told from recorded ones: 0.5 not at all, 1 always."),
    Term("MMD", "Maximum mean discrepancy: a distance between two sets of beats; here in units of the distance between "
                "two groups of patients."),
    Term("Interval", "Where a figure may lie: 95 % of what comes out if records are drawn again at random (bootstrap).",
         ("95 % interval", "confidence interval")),
    Term("ECE", "Expected calibration error: by how much probabilities miss the truth, on average."),
    Term("Cohen's kappa", "Agreement beyond what chance would give: 1 is perfect, 0 is chance.", ("kappa",)),
)  # fmt: skip
GROUPS = {"Classes of beats": CLASSES, "Data": DATA, "Models": MODELS, "Figures": FIGURES}
"""Heading -> terms, in the order of the glossary."""
_BY_NAME = {name: term for terms in GROUPS.values() for term in terms for name in (term.name, *term.also)}


def meaning(name: str) -> str:
    """What a word or abbreviation means. Raises KeyError if the glossary does not have it."""
    return _BY_NAME[name].meaning


def meanings(*names: str) -> str:
    """Several of them as a list in Markdown, for the hover help of a table or chart."""
    return "\n".join(f"- **{name}**: {meaning(name)}" for name in names)
