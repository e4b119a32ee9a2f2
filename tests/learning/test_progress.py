"""What a training tells on the way, in words."""

from ecg_core.learning.progress import EpochRow, Phase

ROW = EpochRow(3, 8, 3, 8, {"train_loss": 0.5}, 1.0, 1.0, 5.0)


def test_an_epoch_of_one_network_is_counted_by_itself() -> None:
    assert ROW.text == "epoch 3 of 8"
    assert ROW.of_stage(0, 1).text == "epoch 3 of 8"


def test_an_epoch_of_several_networks_is_counted_within_its_own() -> None:
    row = ROW.of_stage(1, 8)
    assert (row.done, row.of) == (11, 64)
    assert row.text == "network 2 of 8, epoch 3 of 8"


def test_a_phase_of_one_piece_has_nothing_to_count() -> None:
    assert Phase("Preparing beats", 3, 48).text == "preparing beats, 3 of 48"
    assert Phase("Fitting the sampler", 0, 1).text == "fitting the sampler"
