"""The profiles as cards."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from superqt import QFlowLayout

from adaptsr_app.messages import sentence_of, tr
from adaptsr_app.models.profile_list import ProfileList
from adaptsr_app.pages.library.empty_state import EmptyState
from adaptsr_app.pages.library.profile_card import ProfileCard
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import Entry, Submenu, entries_of, with_keys
from adaptsr_app.widgets.text import label
from engine.profiles.profile import Profile


class ProfilesTab(QWidget):
    """Cards, and a button that takes one from a file.

    Signals:
        action_requested: A profile's name, and a `ProfileAction`.
        rename_requested: A profile's name, and its new one.
        import_requested: A profile is to be taken from a file.
        adapt_requested: A new one is to be made.
    """

    action_requested = Signal(str, object)
    rename_requested = Signal(str, str)
    import_requested = Signal()
    adapt_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.cards: dict[str, ProfileCard] = {}
        self.take = push_button(tr("Import a profile …"), self.import_requested.emit)
        self.adapt = push_button(tr("Adapt to a phone"), self.adapt_requested.emit, "primary")
        with_keys(self.take, "Ctrl+I")
        with_keys(self.adapt, "Ctrl+N")
        self._nothing = EmptyState(
            tr("No profile yet"),
            tr(
                "A profile holds what AdaptSR has learnt about one camera. Make one from your own "
                "photos, or import one that somebody gave you."
            ),
            self.adapt,
        )
        self._broken = label("", "warning", wrap=True)
        self._inside = QWidget()
        self._flow = QFlowLayout(self._inside)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setHorizontalSpacing(16)
        self._flow.setVerticalSpacing(16)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self._inside)
        foot = QHBoxLayout()
        foot.addWidget(self.take)
        foot.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._broken)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._nothing, 1)
        layout.addLayout(foot)
        self._nothing.hide()
        self._broken.hide()

    def commands(self) -> list[Entry]:
        """Return what can be done with each profile, for a menu."""
        return [Submenu(name, entries_of(card)) for name, card in self.cards.items()]

    def show_shelf(self, shelf: ProfileList) -> None:
        """Show what was found; a card that says the same stays, with a name that is half typed."""
        before, self.cards = self.cards, {}
        for profile in shelf.profiles:
            card = before.get(profile.name)
            if card is not None and card.profile == profile:
                del before[profile.name]
                self._flow.removeWidget(card)
            else:
                card = self._card_of(profile)
            self.cards[profile.name] = card
            self._flow.addWidget(card)
        for card in before.values():
            self._flow.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._nothing.setVisible(not shelf.profiles)
        self._scroll.setVisible(bool(shelf.profiles))
        self._broken.setVisible(bool(shelf.broken))
        words = [
            f"{error.path.parent.name if error.path else ''}: {sentence_of(error)}"
            for error in shelf.broken
        ]
        self._broken.setText("\n".join(words))

    def _card_of(self, profile: Profile) -> ProfileCard:
        card = ProfileCard(profile, self._theme)
        card.action_requested.connect(
            lambda action: self.action_requested.emit(profile.name, action)
        )
        card.renamed.connect(lambda new: self.rename_requested.emit(profile.name, new))
        return card
