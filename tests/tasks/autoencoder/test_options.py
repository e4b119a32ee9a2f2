"""The defaults of an autoencoder stand; what all options have in common is tested with `learning.options`."""

from ecg_core.tasks.autoencoder.options import AutoencoderOptions


def test_the_defaults_are_those_that_were_chosen_on_ds1() -> None:
    assert AutoencoderOptions().to_json() == {
        "unit": "beats", "input": "difference", "leads": "both", "early": True,
        "around": True, "half_width_s": 3.0, "bottleneck": 8,
        "epochs": 8, "batch_size": 256, "learning_rate": 4e-3, "folds": 5, "quantile": 0.98, "seed": 0,
    }  # fmt: skip
