"""A rank map for other programs."""

import csv
import tomllib

from engine.config.adapter import AdapterSettings
from engine.profiles.rank_map_export import preset_toml, rank_map_csv
from tests.profile_samples import adapted, tiny_backbone


def test_the_table_holds_every_site_and_reads_back_exactly():
    rows = adapted(tiny_backbone())[1].rows()
    norms = {rows[0].site: 0.125}
    table = list(csv.DictReader(rank_map_csv(rows, norms, {}).splitlines()))
    assert [line["site"] for line in table] == [row.site for row in rows]
    assert [float(line["score"]) for line in table] == [row.score for row in rows]
    assert [int(line["parameters"]) for line in table] == [r.rank * r.rank_cost for r in rows]
    assert table[0]["delta_norm"] == "0.125"
    assert table[1]["delta_norm"] == ""


def test_a_preset_gives_the_same_settings_back():
    settings = AdapterSettings(
        budget="5%",
        strategy="greedy",
        pins={"feats.0.safm.aggr": 3, 'odd "name"': 0},
        exclude=("tail*", "head"),
        train_bias=True,
        alpha=2.5,
    )
    read = tomllib.loads(preset_toml(settings))
    assert AdapterSettings.model_validate(read["adapter"]) == settings


def test_a_preset_of_the_defaults_is_empty():
    assert tomllib.loads(preset_toml(AdapterSettings())) == {"adapter": {}}
