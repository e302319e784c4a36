from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.upscaling.inference.fast_network import FastNetwork
from engine.upscaling.inference.tile_checks import TileChecks
from tests.tiny_backbones import tiny_backbone


def test_a_tile_that_is_done_again_does_not_turn_progress_back():
    backbone: Backbone = tiny_backbone("SAFMN")
    network, told = FastNetwork(backbone, backend="torch"), []
    on_tile = TileChecks().start(network, 1000, CancelToken(), told.append)
    on_tile(100, 400)
    for share in (0.5, 1.0, 0.25, 0.75):
        network.on_share(share)
    assert told == [0.3, 0.5, 0.5, 0.5]
    on_tile(500, 500)
    network.on_share(1.0)
    assert told[-1] == 1.0
