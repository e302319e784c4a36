"""A card of settings: a heading, and rows of a name and what it is set to."""

from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from adaptsr_app.widgets.text import label

_NAME_PX = 150


class Section(QFrame):
    """Settings that belong together."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(label(title, "heading"))
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form.setHorizontalSpacing(24)
        self._form.setVerticalSpacing(10)
        layout.addLayout(self._form)

    def add(self, name: str, widget: QWidget) -> None:
        """Add a row.

        Args:
            name: Beside the widget, and its name for screen readers; "" for none.
            widget: What is set.
        """
        if name and not widget.accessibleName():
            widget.setAccessibleName(name)
        if isinstance(widget, QLabel):
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(widget.wordWrap())
            widget.setSizePolicy(policy)
        words = label(name, "secondary")
        words.setMinimumWidth(_NAME_PX)
        self._form.addRow(words, widget)
