package io.github.pupilsdk

import io.github.pupilsdk.engine.InternalException
import io.github.pupilsdk.engine.PupilException as EngineException

/**
 * An error, grouped by what the app can do about it.
 *
 * [message] is in English with numbers and never repeats answer text, so it may be logged.
 */
public sealed class PupilException(reason: String, cause: Throwable?) : Exception(reason, cause) {
    /** The file is missing or cannot be read: correct the path or the permission. */
    public class Unreadable internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)

    /** The bytes are not a model: choose another file. */
    public class NotAModel internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)

    /** The file is inconsistent or does not match its hashes: fetch it again. */
    public class Damaged internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)

    /** The file needs a later version of the SDK: update the app, or ship another model. */
    public class Unsupported internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)

    /**
     * The file or the answer exceeds a limit: shorten it, or raise the limit in [OpenOptions].
     *
     * @property answer In a batch, the index of the failed answer, from 0.
     */
    public class TooLarge internal constructor(reason: String, public val answer: Int? = null, cause: Throwable? = null) :
        PupilException(reason, cause)

    /**
     * The file is not signed with a trusted key, or is not the file or the version that was expected: get it from its
     * publisher, and do not use it meanwhile.
     */
    public class Untrusted internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)

    /** The task pack, or the snapshot of a student, belongs to another model: use what was made for this one. */
    public class WrongBase internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)

    /** The model has no task with this name; [message] lists its tasks. */
    public class UnknownTask internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)

    /**
     * An argument is invalid.
     *
     * @property answer In a batch, the index of the failed answer, from 0.
     */
    public class BadInput internal constructor(reason: String, public val answer: Int? = null, cause: Throwable? = null) :
        PupilException(reason, cause)

    /** The work was cancelled. */
    public class Cancelled internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)

    /** An error inside the engine: please report it. */
    public class Internal internal constructor(reason: String, cause: Throwable? = null) : PupilException(reason, cause)
}

/** Runs a call of the engine and translates its errors to those of this package. */
internal inline fun <T> translated(call: () -> T): T =
    try {
        call()
    } catch (error: EngineException) {
        throw error.published()
    } catch (error: InternalException) {
        // The panic's message is left out, since it may contain answer text.
        throw PupilException.Internal("the engine panicked outside its guard; please report it, with the model's name")
    }

internal fun EngineException.published(): PupilException = when (this) {
    is EngineException.Unreadable -> PupilException.Unreadable(reason, this)
    is EngineException.NotAModel -> PupilException.NotAModel(reason, this)
    is EngineException.Damaged -> PupilException.Damaged(reason, this)
    is EngineException.Unsupported -> PupilException.Unsupported(reason, this)
    is EngineException.TooLarge -> PupilException.TooLarge(reason, answer?.toInt(), this)
    is EngineException.Untrusted -> PupilException.Untrusted(reason, this)
    is EngineException.WrongBase -> PupilException.WrongBase(reason, this)
    is EngineException.UnknownTask -> PupilException.UnknownTask(reason, this)
    is EngineException.BadInput -> PupilException.BadInput(reason, answer?.toInt(), this)
    is EngineException.Cancelled -> PupilException.Cancelled(reason, this)
    is EngineException.Internal -> PupilException.Internal(reason, this)
}
