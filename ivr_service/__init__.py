"""What an Asterisk voicemail user hears after choosing call back or dial out."""

__version__ = "0.1.0"
