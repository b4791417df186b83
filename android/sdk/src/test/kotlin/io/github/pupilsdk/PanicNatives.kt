package io.github.pupilsdk

/** Functions of the library for tests that panic, inside and outside of the engine's guard. */
internal object PanicNatives {
    init {
        Natives
    }

    @JvmStatic
    external fun inside(): ByteArray?

    @JvmStatic
    external fun outside(): ByteArray?
}
