"""What would be other than it was trained, and how to take it to the next adaptation."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from adaptsr_app.messages import sentence_of, tr, tr_count
from adaptsr_app.models.rank_plan import RankPlan
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import with_keys
from adaptsr_app.widgets.text import label, set_role
from adaptsr_app.widgets.tips import set_tip

_MOST_NAMED = 5


class Changes(QFrame):
    """A card: nothing changed, what would change, or why it cannot be done.

    Buttons `train` (take it to the wizard), `keep` (save a preset) and `undo` (as trained) are the
    page's to connect.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        self._title = label("", "heading", wrap=True)
        self._text = label("", "secondary", wrap=True)
        self.train = push_button(tr("Use for the next training"), role="primary")
        set_tip(self.train, tr("Takes these ranks to step 4 of adapting a network."))
        self.keep = push_button(tr("Save as preset …"))
        set_tip(self.keep, tr("For the command line: adaptsr adapt --preset FILE"))
        self.undo = push_button(tr("As trained"))
        with_keys(self.train, "Ctrl+T")
        with_keys(self.keep, "Ctrl+S")
        with_keys(self.undo, "Ctrl+Shift+Z")
        buttons = QHBoxLayout()
        buttons.addWidget(self.keep)
        buttons.addWidget(self.undo)
        buttons.addStretch()
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addWidget(self.train)
        layout.addLayout(buttons)

    def show_plan(self, plan: RankPlan) -> None:
        """Say how the map that is shown differs from the trained one."""
        changes = plan.trained_changes
        set_role(self._title, "danger" if plan.problem else "heading")
        for button in (self.train, self.keep, self.undo):
            button.setVisible(not plan.is_as_trained)
        for button in (self.train, self.keep):
            button.setEnabled(plan.problem is None)
        if plan.problem is not None:
            self._title.setText(tr("These ranks cannot be had"))
            self._text.setText(sentence_of(plan.problem))
            return
        spent = tr("{spent} of {budget} numbers of the budget are used.").format(
            spent=f"{plan.spent:,}", budget=f"{plan.budget_parameters:,}"
        )
        if plan.is_as_trained:
            self._title.setText(tr("As it was trained"))
            self._text.setText(spent)
            return
        if not changes:
            self._title.setText(tr("No layer would get another rank"))
            self._text.setText(spent)
            return
        self._title.setText(
            tr_count(
                "1 layer would get another rank",
                "%n layers would get another rank",
                len(changes),
            )
        )
        named = [
            f"{change.site}: {change.before} → {change.after}" for change in changes[:_MOST_NAMED]
        ]
        more = len(changes) - len(named)
        if more:
            named.append(tr_count("and 1 more", "and %n more", more))
        self._text.setText("\n".join([*named, "", spent]))
