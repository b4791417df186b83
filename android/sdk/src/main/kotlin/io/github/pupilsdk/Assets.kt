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

/** The options with the signature that lies beside an asset, if keys are trusted and no signature is given. */
internal fun OpenOptions.withSignatureOf(context: Context, asset: String): OpenOptions {
    if (trustedKeys.isEmpty() || signature != null) return this
    val name = "$asset.minisig"
    val text = try {
        // A few lines; an asset belongs to the app, so its size is not limited here.
        context.assets.open(name).use { it.readBytes() }
    } catch (error: IOException) {
        throw PupilException.Untrusted("only signed files are trusted, and the app has no asset $name", error)
    }
    return copy(signature = String(text, Charsets.UTF_8))
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
