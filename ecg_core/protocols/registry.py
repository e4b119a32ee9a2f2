"""The only list of protocols there is."""

from ecg_core.protocols.heartbeats import DS1_DS2, DS1_DS2_EJS, PATIENTS_OUT
from ecg_core.protocols.noise_stress import NOISE_STRESS
from ecg_core.protocols.on_line import ON_LINE
from ecg_core.protocols.one_beat import ONE_BEAT
from ecg_core.protocols.protocol import Protocol
from ecg_core.protocols.random_beats import RANDOM_BEATS
from ecg_core.protocols.tsb_ad import TSB_AD
from ecg_core.protocols.tsb_uad import TSB_UAD
from ecg_core.protocols.zero_shot import ZERO_SHOT

_ALL = (
    DS1_DS2, DS1_DS2_EJS, PATIENTS_OUT, NOISE_STRESS, ON_LINE, ONE_BEAT, TSB_UAD, TSB_AD, ZERO_SHOT, RANDOM_BEATS,
)  # fmt: skip
PROTOCOLS: dict[str, Protocol] = {one.name: one for one in _ALL}
