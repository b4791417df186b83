package io.github.pupilsdk.sample.compose

import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.unit.Density
import io.github.pupilsdk.Scorer
import io.github.pupilsdk.sample.QUESTIONS
import io.github.pupilsdk.sample.TRUSTING
import kotlinx.coroutines.runBlocking
import org.jetbrains.skia.EncodedImageFormat
import java.io.File

/** Draws the screen of a tablet with a scored answer: arguments are the model and the picture. */
fun main(arguments: Array<String>): Unit = runBlocking {
    val (model, picture) = arguments
    Scorer.open(model, TRUSTING).use { scorer ->
        val state = ScreenState()
        state.opened(scorer)
        state.choose(QUESTIONS[1])
        state.answer = "The warm water heats the air, and the air gets bigger and pushes the balloon out."
        state.score()
        check(state.result != null) { state.note }
        val scene = ImageComposeScene(1280, 740, Density(1f)) { ScoreScreen(state) }
        val bytes = checkNotNull(scene.render().encodeToData(EncodedImageFormat.PNG)).bytes
        scene.close()
        File(picture).apply { parentFile.mkdirs() }.writeBytes(bytes)
        println("$picture: ${bytes.size} bytes")
    }
}
