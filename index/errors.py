"""Every error that Pincite raises on purpose.

* PinciteError
    - SettingsError          a setting is unknown or has a bad value
    - SourceError            a path to index is missing, or holds nothing that can be indexed
    - ModelError             the embedding model is missing, altered, or cannot be loaded
    - CollectionBusy         another process is changing this collection
    - CollectionExists       there is a collection of this name already
    - CollectionFollowed     the collection follows a folder, which has to be changed in its stead
    - KeysDamaged            the file of keys cannot be read, or is not as it was written
    - Unauthenticated        (api) a key is needed, and none that is valid was sent
    - Forbidden              (api) the key, or the lack of one, does not allow this
    - NotAcceptable          (api) the client takes no media type that there is
    - Misdirected            (api) the request names a host that this service does not answer for
    - TooManyRequests        (api) more requests in a minute than are allowed
    - PreconditionFailed     the document is not in the state that the request was made for
    - IndexingNotInstalled   (api) this installation serves only, and can index nothing
    - UploadTooLarge         (api) a request has more bytes or files than are taken
    - IdempotencyKeyReused   (api) the key belongs to another request
    - IdempotencyKeyInUse    (api) the request that has this key is still being carried out
    - OperationInterrupted   (api) whatever applied the operation was killed, several times
    - Overloaded             (api) more questions or changes wait than can be seen to soon
    - StorageError           the data folder cannot be written (full, read-only)
    - IndexUnavailable
        + CollectionNotFound nothing has been indexed under this name
        + IndexDamaged       files are missing, half-written or changed on disk
        + EncoderMismatch    a setting names another model than the one that the collection was indexed with
    - NotFound
        + DocumentNotFound
        + PassageNotFound
        + GenerationNotFound
        + KeyNotFound
        + OperationNotFound  (api)
    - QuestionError          (qa) the question or one of its options cannot be used
    - CitationError          (qa) a quote does not match its source; it is never returned
    - QuestionSetError       (eval) a question set is malformed, or a gold quote is not in the documents
    - RunError               (eval) a run cannot be read, or two runs cannot be compared
    - TargetError            (eval) the service to be measured cannot be reached, or is none
    - LogError               (eval) a service's question log cannot be read
    - CollectionError        (eval) a standard collection's files are not as they should be

A message says what happened, where, and what to do next. How an error becomes an HTTP status stands in one
table, in ``api.problems``; how it becomes an exit code, in ``pincite.cli``.
"""


class PinciteError(Exception):
    """Root of all errors raised on purpose; its text is fit to be shown to a user."""


class SettingsError(PinciteError):
    """A setting is unknown, or its value cannot be used."""


class SourceError(PinciteError):
    """A path to index is missing, or nothing under it can be indexed."""


class ModelError(PinciteError):
    """The embedding model is missing, is not the one expected, or cannot be loaded."""


class CollectionBusy(PinciteError):
    """Another process holds the collection's lock."""


class CollectionExists(PinciteError):
    """A collection is to be made under a name that one has already."""


class CollectionFollowed(PinciteError):
    """The collection follows a folder: what is done to it alone would be undone."""


class KeysDamaged(PinciteError):
    """The file of keys cannot be read, or is not as it was written."""


class Unauthenticated(PinciteError):
    """A key is needed, and none that is valid was sent."""


class Forbidden(PinciteError):
    """Whoever asks is known, and may not do this."""


class Misdirected(PinciteError):
    """The request names a host that this service does not answer for."""


class TooManyRequests(PinciteError):
    """More requests in a minute than are allowed.

    Args:
        message: As of every error.
        seconds: After how many the next one is.
    """

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class NotAcceptable(PinciteError):
    """What was asked for is sent in no media type that the client takes."""


class PreconditionFailed(PinciteError):
    """The document is in another state than the one that the request was made for."""


class IndexingNotInstalled(PinciteError):
    """What indexing needs is not installed here."""


class UploadTooLarge(PinciteError):
    """A request has more bytes or more files than are taken."""


class IdempotencyKeyReused(PinciteError):
    """The idempotency key belongs to another request."""


class IdempotencyKeyInUse(PinciteError):
    """The request that has this idempotency key is still being carried out."""


class OperationInterrupted(PinciteError):
    """The process that applied an operation was killed, so often that it is not tried again."""


class Overloaded(PinciteError):
    """The service has more to do than it can do soon; what was asked for was not begun."""


class StorageError(PinciteError):
    """The data folder cannot be read or written."""


class IndexUnavailable(PinciteError):
    """There is no index that can answer."""


class CollectionNotFound(IndexUnavailable):
    """Nothing has been indexed under this collection name."""


class IndexDamaged(IndexUnavailable):
    """A file of the index is missing, half-written, or is not the file that was written."""


class EncoderMismatch(IndexUnavailable):
    """A setting names another model than the one that the collection was indexed with."""


class NotFound(PinciteError):
    """The thing asked for is not in the collection."""


class DocumentNotFound(NotFound):
    """No document of the collection has this id."""


class PassageNotFound(NotFound):
    """No passage of the collection has this id."""


class GenerationNotFound(NotFound):
    """The collection keeps no generation of this name."""


class KeyNotFound(NotFound):
    """No key has this id."""


class OperationNotFound(NotFound):
    """There is no operation of this id, or it is not for the caller to see."""
