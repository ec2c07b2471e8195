"""``pincite tune``: a collection's own dense weight, if it is better beyond chance."""

from __future__ import annotations

from pathlib import Path

from eval.run import run_set
from eval.sets import QuestionSet, load_set
from eval.targets import LocalTarget
from eval.tuning import FOLDS, MAX_P, Tuned, tune
from index.collection import Collection
from index.files import storage_errors
from index.settings import Settings
from qa.factory import make_asker, open_asker
from qa.local_engine import LocalEngine
from qa.tuning import Tuning, remove_tuning, write_tuning


def run_tune(settings: Settings, path: Path) -> bool:
    """Tune and report; return whether something better was found, and kept.

    Raises:
        QuestionSetError: The set cannot be read, or is too small.
        IndexUnavailable: There is no index that can answer.
        StorageError: The data folder cannot be written.
    """
    questions: QuestionSet = load_set(path)
    collection = Collection(settings.data_dir, settings.collection)
    generation = open_asker(settings.model_copy(update={"dense_weight": settings.dense_weight})).generation
    engine = LocalEngine(generation)

    def target(weight: float) -> LocalTarget:
        stated = settings.model_copy(update={"dense_weight": weight})
        return LocalTarget(make_asker(generation, engine, stated), stated)

    found = tune(lambda weight: run_set(questions, target(weight)), settings.dense_weight)
    _print(found)
    if not found.is_better:
        print("No other weight is better beyond chance on questions held out; nothing was changed.")
        return False
    with storage_errors(settings.data_dir):
        write_tuning(
            collection,
            Tuning(
                dense_weight=found.best,
                fingerprint=generation.manifest.encoder.fingerprint,
                set_sha256=found.set_sha256,
                gain=round(found.gain, 4),
                p_value=round(found.p_value, 4),
            ),
        )
    print(
        f"The collection {collection.name!r} is now searched with dense_weight {found.best}; a service that is running"
    )
    print("takes it over when it is started again. `pincite tune --reset` takes it back.")
    return True


def _print(found: Tuned) -> None:
    print(f"{found.questions} answerable questions, nDCG@10 by dense_weight:")
    for weight, score in found.scores.items():
        mark = "  (the setting)" if weight == found.default else "  (best)" if weight == found.best else ""
        print(f"  {weight:.1f}  {score:.3f}{mark}")
    print(
        f"held out, in {FOLDS} folds: {found.held_out_default:.3f} with the setting, {found.held_out:.3f} tuned on the "
        f"other folds: {found.gain:+.3f} (p = {found.p_value:.4f}, below {MAX_P} wanted)"
    )


def run_reset(settings: Settings) -> None:
    """Take a tuning back.

    Raises:
        StorageError: The data folder cannot be written.
    """
    collection = Collection(settings.data_dir, settings.collection)
    with storage_errors(settings.data_dir):
        there = remove_tuning(collection)
    print(f"The collection {collection.name!r} {'is searched with the settings again' if there else 'was not tuned'}.")
