package io.github.pupilsdk.sample.compose

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.compose.foundation.layout.imePadding
import androidx.compose.foundation.layout.systemBarsPadding
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import io.github.pupilsdk.PupilException
import io.github.pupilsdk.Scorer
import io.github.pupilsdk.sample.TRUSTING
import kotlinx.coroutines.awaitCancellation

/** Opens the model while the screen is shown, and closes it afterwards. */
class ComposeActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        setContent {
            val state = remember { ScreenState() }
            LaunchedEffect(Unit) {
                try {
                    Scorer.awaitAsset(this@ComposeActivity, "science.pupil", TRUSTING).use { scorer ->
                        state.opened(scorer)
                        awaitCancellation()
                    }
                } catch (error: PupilException) {
                    state.failed("The model cannot be opened: ${error.message}")
                }
            }
            ScoreScreen(state, Modifier.systemBarsPadding().imePadding())
        }
    }
}
