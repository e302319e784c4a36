"""The wizard's trainings get folders of their own, and nothing else is ever deleted."""

from adaptsr_app.jobs.run_folders import discard_run, free_run_folder


def test_a_new_run_never_lies_where_another_one_does(tmp_path):
    first = free_run_folder(tmp_path, "Phone")
    first.mkdir(parents=True)
    second = free_run_folder(tmp_path, "Phone")
    assert second not in {first, tmp_path}
    assert not second.exists()
    discard_run(tmp_path, first)
    assert not first.exists()


def test_discarding_touches_nothing_outside_the_wizards_folder(tmp_path):
    elsewhere = tmp_path / "photos"
    elsewhere.mkdir()
    discard_run(tmp_path / "home", elsewhere)
    assert elsewhere.is_dir()
