"""The version of Pincite, for the wheel and for whoever asks it."""

VERSION = "0.1.0"
