import os
from dataclasses import replace

import pytest

from engine.upscaling.batch.result_log import ResultLog, identify, result_key


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "p.jpg"
    path.write_bytes(b"photo")
    return path


@pytest.fixture
def output(tmp_path):
    path = tmp_path / "out" / "trip" / "r.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"result")
    return path


def test_what_was_made_is_known_to_the_next_run_with_its_photo(tmp_path, photo, output):
    identity = identify(photo)
    key = result_key(identity, {"network": "a"})
    ResultLog(tmp_path / "out").add(output, key, photo, identity)
    log = ResultLog(tmp_path / "out")
    record = log.record_of(output)
    assert record.key == key
    assert record.source_path == photo
    assert record.is_of_now(identity)
    assert log.is_output(output)
    assert not log.is_output(photo)


def test_a_key_is_of_one_network_and_one_state_of_a_photo(photo):
    identity = identify(photo)
    key = result_key(identity, {"network": "a"})
    assert result_key(identity, {"network": "b"}) != key
    assert result_key(replace(identity, changed_ns=0), {"network": "a"}) != key


def test_another_file_of_the_results_name_is_not_the_result(tmp_path, photo, output):
    log = ResultLog(tmp_path / "out")
    log.add(output, "key", photo, identify(photo))
    output.write_bytes(b"another")
    assert log.record_of(output) is None
    assert not log.is_output(output)
    output.unlink()
    assert log.record_of(output) is None


def test_a_result_that_was_retouched_to_the_same_size_is_not_as_it_was_written(
    tmp_path, photo, output
):
    log = ResultLog(tmp_path / "out")
    log.add(output, "key", photo, identify(photo))
    assert log.is_as_written(output)
    output.write_bytes(b"RESULT")
    os.utime(output, ns=(0, 0))
    assert not log.is_as_written(output)
    assert log.record_of(output) is not None  # it still stands for its photo


def test_a_photo_is_told_from_another_and_from_itself_before_it_was_edited(tmp_path, photo, output):
    log = ResultLog(tmp_path / "out")
    before = identify(photo)
    log.add(output, "key", photo, before)
    record = log.record_of(output)
    other = tmp_path / "101" / "p.jpg"
    other.parent.mkdir()
    other.write_bytes(b"PHOTO")
    assert not record.is_of(other, identify(other))
    photo.write_bytes(b"edited")
    assert record.is_of(photo, identify(photo))
    assert not record.is_of_now(identify(photo))
    moved = tmp_path / "moved.jpg"
    moved.write_bytes(b"photo")
    assert record.is_of(moved, identify(moved))


def test_names_that_are_not_utf_8_are_kept(tmp_path, photo):
    out = tmp_path / "out"
    out.mkdir()
    output = out / os.fsdecode(b"f\xeate.jpg")
    source = tmp_path / os.fsdecode(b"\xff.jpg")
    output.write_bytes(b"result")
    source.write_bytes(b"photo")
    ResultLog(out).add(output, "key", source, identify(source))
    log = ResultLog(out)
    assert log.record_of(output).source_path == source
    assert log.is_output(output)


def test_lines_of_the_first_version_still_count(tmp_path, output):
    line = '{"output":"trip/r.jpg","key":"k","size_bytes":6}\n'
    (tmp_path / "out" / ".adaptsr-finished.jsonl").write_text(line)
    record = ResultLog(tmp_path / "out").record_of(output)
    assert (record.key, record.source) == ("k", None)
    assert ResultLog(tmp_path / "out").is_as_written(output)


def test_a_line_cut_off_by_a_crash_costs_only_itself(tmp_path, photo, output):
    identity = identify(photo)
    log_file = tmp_path / "out" / ".adaptsr-finished.jsonl"
    ResultLog(tmp_path / "out").add(output, "k", photo, identity)
    with log_file.open("ab") as file:
        file.write(b'{"output": "trip/s.j\xff')
    other = output.with_name("t.jpg")
    other.write_bytes(b"other")
    log = ResultLog(tmp_path / "out")
    assert log.record_of(output) is not None
    log.add(other, "k", photo, identity)
    log = ResultLog(tmp_path / "out")
    assert log.record_of(output) is not None
    assert log.record_of(other) is not None
