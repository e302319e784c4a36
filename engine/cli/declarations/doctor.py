"""What `adaptsr doctor` takes."""

from engine.cli.declaration import command


@command("engine.cli.commands.doctor:doctor")
def doctor() -> None:
    """Show devices, versions, folders, and what is missing on this machine."""
