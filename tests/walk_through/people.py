"""The walk-through's three people and what they keep for themselves."""
import os
import secrets


class Person:
    """Password and passphrase lie in files that only this user may read."""

    def __init__(self, folder, name, role):
        self.folder = folder
        self.name = name
        self.role = role
        self.password = f"people/{name}"  # two lines: password, passphrase
        self.passphrase = f"people/{name}.passphrase"
        self.key = f"people/{name}.key"

    def make_secrets(self):
        os.makedirs(self.folder / "people", mode=0o700, exist_ok=True)
        password, passphrase = secrets.token_urlsafe(15), secrets.token_urlsafe(15)
        self._write(self.password, f"{password}\n{passphrase}\n")
        self._write(self.passphrase, f"{passphrase}\n")

    def _write(self, name, text):
        with open(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)


def people_of(folder):
    """Checker, approver, and the account of whoever runs the rehearsals."""
    return (
        Person(folder, "wang", "checker"),
        Person(folder, "li", "implementer"),
        Person(folder, "zhao", "implementer"),
    )
