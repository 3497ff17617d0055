"""Who asks, and which accounts and people they may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["rep", "manager", "leader", "admin"]


@dataclass(frozen=True)
class Scope:
    """What a principal may see.

    `everything` is for admins and for the head of the whole tree. Otherwise `rep_ids` are the
    people whose books are visible: the principal and, for managers, everyone below. An account is
    visible when one of these people is assigned to it (any role) on the last complete day, or,
    without assignments, owns it.
    """

    everything: bool = False
    rep_ids: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Principal:
    """The asker, resolved at the face from the credential, never from the text."""

    user_id: str
    role: Role
    scope: Scope
    rep_id: str | None = None
    full_name: str | None = None
    org: str = "local"
    timezone: str | None = None
    """Where the asker is, as the rep table says (IANA name, unchecked)."""

    @property
    def sees_everything(self) -> bool:
        return self.scope.everything


LOCAL_ADMIN = Principal(user_id="local", role="admin", scope=Scope(everything=True), full_name="local admin")
