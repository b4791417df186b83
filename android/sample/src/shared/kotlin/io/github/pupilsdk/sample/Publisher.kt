package io.github.pupilsdk.sample

import io.github.pupilsdk.OpenOptions

/**
 * The publisher whose models this app opens. To change the key, release an app that names both, then models that are
 * signed with the new one, then an app without the old one.
 */
internal val TRUSTING = OpenOptions(
    trustedKeys = listOf("RWSpcqgT8Ia7wHcJ/W/CYoReBXlpdzplJxfEGU61kut8ToMIt8tOlBv1"),
)
