package io.github.pupilsdk

import android.content.Context
import android.content.res.AssetFileDescriptor
import java.io.IOException

/** Opens an asset for the engine to map; the caller closes it. */
internal fun mappable(context: Context, name: String): AssetFileDescriptor = try {
    context.assets.openFd(name)
} catch (error: IOException) {
    throw PupilException.Unreadable(whyNotMapped(context, name), error)
}

private fun whyNotMapped(context: Context, name: String): String {
    val readable = try {
        context.assets.open(name).close()
        true
    } catch (_: IOException) {
        false
    }
    return if (readable) {
        "the asset $name is compressed in the APK, so it cannot be mapped: " +
            "add androidResources { noCompress += \"${name.substringAfterLast('.')}\" } to the app's build file"
    } else {
        "the app has no asset $name"
    }
}
