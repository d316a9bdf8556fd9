"""Clusters of step texts."""

from fractions import Fraction

import numpy as np
import pytest

from ttc.search.cluster import cluster, cluster_texts, hashed_tfidf, numbers_in


def rays(*degrees):
    """Unit vectors in the plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_threshold_is_a_cosine_distance():
    # 1 - cos: 18.2 degrees are 0.05
    assert cluster(rays(0, 17, 90)).tolist() == [0, 0, 1]
    assert cluster(rays(0, 19, 90)).tolist() == [0, 1, 2]
    assert cluster(rays(90, 0, 91, 1, 45)).tolist() == [0, 1, 0, 1, 2]


def test_linkage_is_the_average_not_the_nearest_neighbour():
    # neighbours are 16 degrees apart (0.039), but the ends are 32 apart (0.152): the mean 0.095 does not join
    assert cluster(rays(0, 16, 32)).max() == 1


def test_scale_of_a_vector_does_not_matter():
    vectors = rays(0, 10, 80, 95)
    assert np.array_equal(cluster(vectors), cluster(vectors * np.array([[1e-6], [1e6], [3.0], [0.1]])))


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_identical_vectors_are_one_cluster(n):
    assert cluster(np.full((n, 4), 0.3)).tolist() == [0] * n


def test_zero_vectors_are_one_cluster_of_their_own():
    vectors = np.vstack([rays(0), np.zeros((2, 2)), rays(1)])
    assert cluster(vectors).tolist() == [0, 1, 1, 0]
    assert cluster(np.zeros((3, 5))).tolist() == [0, 0, 0]


def test_order_changes_names_only():
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(4, 16))
    owner = rng.integers(0, 4, 30)
    vectors = centres[owner] + 0.02 * rng.normal(size=(30, 16))
    order = rng.permutation(30)
    labels, shuffled = cluster(vectors), cluster(vectors[order])
    assert np.array_equal(labels[:, None] == labels, owner[:, None] == owner)
    assert np.array_equal(labels[order][:, None] == labels[order], shuffled[:, None] == shuffled)


def test_not_a_number_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        cluster(np.array([[1.0, np.nan]]))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12 + 5 = 17", [12, 5, 17]),
        ("12-5 = 7.0", [12, 5, 7]),
        ("x = -3, so f(x)-2 is -5", [-3, 2, -5]),
        ("1,000 and 1000.00", [1000]),
        ("half is 0.5", [Fraction(1, 2)]),
        ("Step 3: add 4", [4]),
        ("## Step 12: add 4", [4]),
        ("no numbers", []),
    ],
)
def test_numbers_by_value(text, numbers):
    assert numbers_in(text) == frozenset(Fraction(number) for number in numbers)


def test_other_answers_are_other_clusters_even_if_the_embedding_is_blind():
    texts = ["The answer is 42.", "The final answer is 17.", "So the answer is 42.", "The answer is 17.0"]

    def blind(texts):
        return np.ones((len(texts), 3))

    assert cluster_texts(texts, blind).tolist() == [0, 1, 0, 1]
    assert cluster_texts(texts, blind, feature=lambda text: None).tolist() == [0, 0, 0, 0]


def test_equal_numbers_with_another_idea_stay_apart():
    texts = ["Add 3 and 4.", "Multiply 3 by 4."]
    assert cluster_texts(texts, lambda texts: np.eye(2)).tolist() == [0, 1]


def test_hashed_grams_tell_rewordings_from_other_ideas():
    texts = [
        "Factor the polynomial into linear factors.",
        "factor the polynomial into  linear factors",
        "Use the quadratic formula to find both roots.",
    ]
    vectors = hashed_tfidf(texts)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > 0.85
    assert far < 0.3
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)
    assert cluster_texts(texts, threshold=0.3).tolist() == [0, 0, 1]


def test_common_grams_weigh_less():
    shared = "the the the the "
    vectors = hashed_tfidf([shared + "cosine", shared + "matrix", shared + "prime"])
    alone = hashed_tfidf([shared + "cosine"])[0] @ hashed_tfidf([shared + "matrix"])[0]
    assert vectors[0] @ vectors[1] < alone


def test_hash_does_not_change_between_runs():
    """Python's own hash of a string would."""
    assert np.flatnonzero(hashed_tfidf(["abc"], dimensions=64)[0]).tolist() == [12, 14, 33, 48, 56, 57]


def test_empty_texts():
    assert not hashed_tfidf(["", "  "]).any()
    assert cluster_texts(["", "", "word"]).tolist() == [0, 0, 1]
    assert cluster_texts([]).tolist() == []
