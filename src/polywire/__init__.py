"""Polywire: a real-time, event-driven trading engine for prediction markets."""
