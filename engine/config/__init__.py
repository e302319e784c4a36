"""Every setting a job takes, checked and described, a module per job; unknown fields are refused.

A setting is declared here once: the command line makes its option, with bounds, default and help, of
the field (`engine.cli.options`). Nothing here loads more than pydantic.
"""
