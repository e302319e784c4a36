from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigError
from engine.upscaling.batch.destinations import Destinations
from engine.upscaling.batch.naming import NamedResult, check_template
from engine.upscaling.batch.result_log import ResultLog, SourceIdentity

TEMPLATE = "{stem}_{profile}_x{scale}"


def result(source, *, folder="", suffix=".jpg", profile="phone", strength=100):
    return NamedResult(Path(source), PurePath(folder), suffix, profile, 2, 200, 100, strength)


def output_paths(results, out, template):
    """Give each result its file, where nothing is there yet."""
    destinations = Destinations(out, template, [one.source for one in results], ResultLog(out))
    identities = [SourceIdentity(index, index, str(index)) for index in range(len(results))]
    return [
        destinations.give(one, identity, identity.start_sha256).path
        for one, identity in zip(results, identities, strict=True)
    ]


def test_names_follow_the_template_and_folders_are_mirrored():
    paths = output_paths(
        [result("in/a.heic"), result("in/trip/b.jpg", folder="trip")], Path("out"), TEMPLATE
    )
    assert paths == [Path("out/a_phone_x2.jpg"), Path("out/trip/b_phone_x2.jpg")]


def test_photos_of_one_name_tell_their_old_ending():
    sources = ["a.jpg", "a.heic", "A.JPG", "other/a.heic"]
    paths = output_paths([result(source) for source in sources], Path("out"), "{stem}")
    assert [path.name for path in paths] == ["a.jpg", "a-heic.jpg", "A-jpg.jpg", "a-2.jpg"]


@given(st.lists(st.sampled_from(["a.jpg", "a.png", "A.png", "a-png.jpg", "a-2.jpg", "b.jpg"])))
def test_no_two_results_share_a_file(sources):
    paths = output_paths([result(source) for source in sources], Path("out"), "{stem}")
    assert len({str(path).casefold() for path in paths}) == len(sources)


def test_a_profile_name_cannot_lead_into_another_folder():
    (path,) = output_paths([result("a.jpg", profile="../x/y:z")], Path("out"), TEMPLATE)
    assert path.parent == Path("out")


@pytest.mark.parametrize(
    "template",
    ["", "photo", "{stem", "{camera}", "{stem}/{profile}", "../{stem}", "{stem!r}", "{stem:5}"],
)
def test_a_template_that_cannot_work_is_refused(template):
    with pytest.raises(ConfigError):
        check_template(template)


def test_size_and_braces_may_be_in_a_name():
    template = check_template("{{{stem}}} {width}×{height}")
    (path,) = output_paths([result("a.jpg")], Path("out"), template)
    assert path.name == "{a} 200×100.jpg"


def test_a_strength_stands_in_the_name_where_the_template_puts_it_and_else_after_the_profile():
    def name(template, strength):
        (path,) = output_paths([result("a.jpg", strength=strength)], Path("out"), template)
        return path.name

    assert name(TEMPLATE, 100) == "a_phone_x2.jpg"
    assert name(TEMPLATE, 60) == "a_phone-60pct_x2.jpg"
    assert name("{stem} {strength} {profile}", 60) == "a 60 phone.jpg"
    assert name("{stem} {strength} {profile}", 100) == "a 100 phone.jpg"
