"""Problems in natural wording: generators with exact answers, and a corpus of wordings that a language model wrote."""
