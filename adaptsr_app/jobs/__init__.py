"""Runs engine jobs beside the window and brings their events to it.

Work that has progress is a job (`job_runner`); work that has none, such as thumbnails, EXIF and
looking through folders, goes to `background`. Both hand their results over on the window's thread.
What was read becomes state of `adaptsr_app.models`; `kept_file` writes the window's own down.
"""
