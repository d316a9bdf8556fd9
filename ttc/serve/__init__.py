"""The gateway: an OpenAI-compatible server before another, whose model names can ask for a strategy and a budget."""
