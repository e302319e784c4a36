"""Drawn patches keep an adapted network near to the backbone where no camera's pairs do."""

import pytest
import torch

from engine.adapters.methods import METHODS
from engine.cancellation import Cancelled, CancelToken
from engine.config.training import TrainingSettings
from engine.training.rehearsal import Rehearsal, draw_rehearsal, rehearsal_of
from engine.training.trainer import Trainer
from tests.tiny_adaptations import tiny_adaptation
from tests.tiny_backbones import faithful_backbone, tiny_backbone

CPU = torch.device("cpu")
SIDE = 12


class Tinted:
    """Grey pairs whose HR is much redder: what nothing drawn has to follow."""

    def batch_at(self, step):
        generator = torch.Generator().manual_seed(step)
        lr = 0.4 + 0.2 * torch.rand(4, 1, SIDE, SIDE, generator=generator).expand(4, 3, -1, -1)
        hr = lr.repeat_interleave(2, -1).repeat_interleave(2, -2).clone()
        hr[:, 0] += 0.3
        return lr, hr


def batches(change=0.0):
    for step in range(1000):
        lr, hr = Tinted().batch_at(step)
        hr[:, 0] += change - 0.3
        yield lr, hr


def drawn(backbone, **changes):
    return draw_rehearsal(backbone, batches(), 0, **changes)


def strayed(rehearsal, *, steps=250, share=0.25):
    """Return the loss and how far the answers to other drawn patches moved by a training."""
    backbone = faithful_backbone()
    adaptation = tiny_adaptation(backbone)
    settings = TrainingSettings(steps=steps, learning_rate=1e-2, rehearsal=share)
    trainer = Trainer(adaptation, Tinted(), settings, device=CPU, identity="", rehearsal=rehearsal)
    losses = trainer.run().losses
    others = draw_rehearsal(backbone, batches(), 7)
    with torch.no_grad():
        penalty = others.penalty(adaptation.backbone(others.lr), torch.arange(len(others.lr)))
    return losses[-1], float(penalty)


def test_a_network_that_rehearses_strays_less_and_still_learns():
    loss, penalty = strayed(drawn(faithful_backbone()))
    free_loss, free_penalty = strayed(None)
    assert penalty < 0.5 * free_penalty
    assert loss < 0.1
    assert free_loss < 0.1


def test_patches_and_answers_are_the_backbones_and_always_the_same():
    backbone = faithful_backbone()
    first, again = drawn(backbone), drawn(backbone)
    assert first.digest == again.digest
    assert first.digest != draw_rehearsal(backbone, batches(), 1).digest
    assert len(first.lr) == 64
    assert first.lr.shape == first.answers.shape
    assert torch.equal((first.lr * 255).round() / 255, first.lr)
    with torch.no_grad():
        sr = backbone(first.lr)
    assert float(first.penalty(sr.clamp(0, 1), torch.arange(64))) == 0
    assert len({patch.numpy().tobytes() for patch in first.lr}) == 64


def test_only_what_is_beyond_the_tolerance_counts():
    rehearsal = Rehearsal(torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.5), 0.1)
    rehearsal.right[:] = True
    sr = torch.full((1, 3, 8, 8), 0.5)
    sr[..., ::2] += 0.4  # detail of its own within every LR pixel
    sr[..., 1::2] -= 0.4
    assert float(rehearsal.penalty(sr, torch.tensor([1]))) == 0
    assert float(rehearsal.penalty(sr + 0.25, torch.tensor([1]))) == pytest.approx(0.15 / 2)


def test_what_the_pairs_do_to_colours_may_be_done_to_drawn_ones():
    backbone = faithful_backbone()
    plain = draw_rehearsal(backbone, batches(), 0).tolerance
    tinted = draw_rehearsal(backbone, batches(change=0.3), 0).tolerance
    assert tinted == pytest.approx(plain + 0.1, abs=1e-6)  # one channel of three


@pytest.mark.parametrize(("batch", "share", "steps"), [(8, 0.125, 16), (1, 0.125, 16), (3, 0.5, 6)])
def test_a_share_of_all_patches_is_drawn_whatever_the_size_of_a_batch(batch, share, steps):
    rehearsal = drawn(faithful_backbone())
    counts = [len(rehearsal.chosen(step, batch, share)) for step in range(steps)]
    assert sum(counts) == steps * batch * share
    assert max(counts) - min(counts) <= 1
    assert torch.equal(rehearsal.chosen(3, 8, 0.5), rehearsal.chosen(3, 8, 0.5))
    chosen = torch.cat([rehearsal.chosen(step, 8, 0.5) for step in range(400)])
    assert set(chosen.tolist()) == set(range(64))


def test_a_batch_of_one_learns_and_rehearses():
    class One(Tinted):
        def batch_at(self, step):
            return tuple(side[:1] for side in super().batch_at(step))

    rehearsal = drawn(faithful_backbone())
    adaptation = METHODS.get("full").build(faithful_backbone(), None, 0)
    settings = TrainingSettings(steps=9, rehearsal=0.5)
    trainer = Trainer(adaptation, One(), settings, device=CPU, identity="", rehearsal=rehearsal)
    losses = trainer.run().losses
    assert len(losses) == 9
    assert all(loss > 0 for loss in losses)


def test_what_the_backbone_gets_wrong_is_not_rehearsed():
    assert draw_rehearsal(tiny_backbone("EDSR"), batches(), 0) is None
    lr = torch.zeros(1, 3, 4, 4)
    answers = lr.clone()
    answers[..., :2] = 0.5
    rehearsal = Rehearsal(lr, answers, 0.1)
    assert rehearsal.right[0, 0].float().mean() == 0.5
    strange = torch.zeros(1, 3, 8, 8)
    assert float(rehearsal.penalty(strange, torch.tensor([0]))) == 0
    assert float(rehearsal.penalty(strange + 0.2, torch.tensor([0]))) == pytest.approx(0.05 / 2)


def test_it_is_kept_bit_for_bit():
    rehearsal = drawn(faithful_backbone())
    again = rehearsal_of(rehearsal.tensors())
    assert again.digest == rehearsal.digest
    assert again.tolerance == rehearsal.tolerance


def test_drawing_can_be_stopped():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        drawn(faithful_backbone(), token=token)
