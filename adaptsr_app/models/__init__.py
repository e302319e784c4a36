"""What the window shows, as observable state: no painting, no torch, and nothing that works.

Models fold events and the user's choices. What reads or writes files, deletes, starts jobs or has a
thread is in `adaptsr_app.jobs`, which lies above; a test holds that.
"""
