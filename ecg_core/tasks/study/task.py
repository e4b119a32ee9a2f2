"""Studies as tasks: does balancing help, and what a split by beats would make one believe."""

from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.task import PAGE
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.few_options import FewBeatsOptions
from ecg_core.tasks.study.few_result import FewBeatsReport
from ecg_core.tasks.study.image_options import ImageStudyOptions
from ecg_core.tasks.study.options import StudyOptions
from ecg_core.tasks.study.result import SplitComparison, StudyReport
from ecg_core.tasks.task import Task

AUGMENTATION_STUDY = Task(
    kind="study",
    title="Augmentation study",
    command=("study", "augmentation"),
    help="does balancing help, over several seeds",
    options=StudyOptions,
    material=(Recordings,),
    check="ecg_core.tasks.study.training:check_study",
    carry_out="ecg_core.tasks.study.training:run_study",
    result=StudyReport,
    page=PAGE,
    under_way="A study is under way",
    tab="Study",
    icon="science",
    unit=lambda options: f"{len(options.ways)} ways, {options.seeds} seeds",
    by_phase=True,
    keep="study",
)
IMAGE_STUDY = Task(
    kind="image-study",
    title="Study of images",
    command=("study", "images"),
    help="does balancing help the image classifier, over several seeds",
    options=ImageStudyOptions,
    material=(Recordings,),
    check="ecg_core.tasks.study.images:check_image_study",
    carry_out="ecg_core.tasks.study.images:run_image_study",
    result=StudyReport,
    page=PAGE,
    under_way="A study of images is under way",
    tab="Study",
    icon="science",
    unit=lambda options: f"{len(options.ways)} ways, {options.seeds} seeds",
    by_phase=True,
    keep="image-study",
)
FEW_BEATS = Task(
    kind="few-beats",
    title="Study of few beats",
    command=("study", "few-beats"),
    help="what helps when a class has few recorded beats",
    options=FewBeatsOptions,
    material=(Recordings,),
    check="ecg_core.tasks.study.few_beats:check_few_beats",
    carry_out="ecg_core.tasks.study.few_beats:run_few_beats",
    result=FewBeatsReport,
    page=PAGE,
    under_way="A study of few beats is under way",
    tab="Study",
    icon="science",
    unit=lambda options: f"{len(options.ways)} ways, {len(options.counts)} numbers, {options.seeds} seeds",
    by_phase=True,
    keep="few-beats",
)
RANDOM_SPLIT = Task(
    kind="random-split",
    title="Random split",
    command=("study", "random-split"),
    help="one network split by beats and by patients",
    options=ClassifierOptions,
    material=(Recordings,),
    check="ecg_core.tasks.study.training:check_random_split",
    carry_out="ecg_core.tasks.study.training:compare_splits",
    result=SplitComparison,
    page=PAGE,
    under_way="A random split is being tried",
    tab="Study",
    icon="school",
    by_phase=True,
    keep="random-split",
)
