"""What more compute is worth: one rule a file, each a pure function of probabilities, counts and costs."""
