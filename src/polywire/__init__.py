"""Polywire: a real-time, event-driven trading engine for prediction markets."""

__version__ = "0.1.0"
