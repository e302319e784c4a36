"""The page that adapts a network to a camera, step by step; a module for each step.

Everything the user said is in one model, `models.adaptation`, written to `adapt.json` at every change
(`jobs.kept_adaptation`). Steps share a `Session`, which runs one job at a time. The look at every photo
(`jobs.dataset_check`) runs beside it and stops when its step is left. A profile is made in the
wizard's own `runs` folder; installing copies it to the library. Whether there is a training to go on
with is asked of the disk: settings in `adapt.json`, a checkpoint in the run's folder.
"""
