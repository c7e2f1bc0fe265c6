"""scikit-learn's manners for tasks: settings in the constructor, read and set by name."""

import inspect
from typing import Any, Self

from lstmkit.errors import SettingsError, nearest


class Settings:
    """Gives a task `get_params` and `set_params` over the arguments of its constructor.

    A subclass stores each argument under its own name, unchanged; `sklearn.base.clone` and the
    searches of scikit-learn then work with it.
    """

    @classmethod
    def setting_names(cls) -> tuple[str, ...]:
        """Returns the names of the constructor's arguments."""
        return tuple(inspect.signature(cls).parameters)

    def get_params(self, *, deep: bool = True) -> dict[str, Any]:
        """Returns every setting by name.

        Args:
            deep: Accepted for scikit-learn; settings hold no further settings.

        Returns:
            The arguments of the constructor.
        """
        return {name: getattr(self, name) for name in self.setting_names()}

    def set_params(self, **params: Any) -> Self:
        """Changes settings.

        Args:
            params: New values by name.

        Returns:
            The task itself.

        Raises:
            SettingsError: A name that is no setting.
        """
        known = self.setting_names()
        for name, value in params.items():
            if name not in known:
                raise SettingsError(
                    f"{type(self).__name__}: {name!r} is not a setting.{nearest(name, known)} "
                    f"Settings are {', '.join(known)}."
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """Shows the settings that differ from their defaults."""
        defaults = inspect.signature(type(self)).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value != defaults[name].default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"
