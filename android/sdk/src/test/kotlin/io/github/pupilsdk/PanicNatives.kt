package io.github.pupilsdk

/** Test functions of the library that panic, inside and outside the engine's guard. */
internal object PanicNatives {
    init {
        Natives
    }

    @JvmStatic
    external fun inside(): ByteArray?

    @JvmStatic
    external fun outside(): ByteArray?
}
