package io.github.pupilsdk.sample

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.os.Looper
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import java.io.File
import java.util.concurrent.TimeUnit

/** Starts a screen of the sample, and ends it after the test. */
inline fun <reified A : Activity> onController(body: (ActivityController<A>) -> Unit) {
    Robolectric.buildActivity(A::class.java).use { controller ->
        // Robolectric finds an app's assets and theme only in a package made by Android's build tools.
        controller.get().setTheme(android.R.style.Theme_Material_Light_NoActionBar)
        assertTrue(controller.get().assets.addAssetPath(System.getProperty("pupil.apk")) != 0)
        body(controller.setup())
    }
}

/** Lets the screen go on until the background thread has answered. */
fun waitUntil(what: String, isDone: () -> Boolean) {
    val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60)
    while (!isDone() && System.nanoTime() < end) {
        shadowOf(Looper.getMainLooper()).idle()
        Thread.yield()
    }
    assertTrue(what, isDone())
}

/** Writes a screenshot. */
fun draw(activity: Activity, name: String) {
    shadowOf(Looper.getMainLooper()).idle()
    val view = activity.window.decorView
    assertEquals("the size of the tablet", listOf(1280, 800), listOf(view.width, view.height))
    val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
    view.draw(Canvas(bitmap))
    val file = File(System.getProperty("pupil.pictures"), "android-sample-$name.png")
    file.parentFile!!.mkdirs()
    file.outputStream().use { assertTrue(bitmap.compress(Bitmap.CompressFormat.PNG, 100, it)) }
    val pixels = IntArray(view.width * view.height)
    bitmap.getPixels(pixels, 0, view.width, 0, 0, view.width, view.height)
    assertTrue("many colours, as text and bars have", pixels.distinct().size > 50)
}
