package io.github.pupilsdk

import android.content.Context
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** Models that lie in an APK, read by Android's own code. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
class AssetTest {
    private val context: Context = RuntimeEnvironment.getApplication()

    @Before
    fun add_the_package() {
        // Robolectric has an app's own assets only from a package that Android's build tools have made.
        assertTrue(context.assets.addAssetPath(System.getProperty("pupil.apk")) != 0)
    }

    @Test
    fun stored_asset_is_mapped_from_the_apk_and_scores_as_the_file_does() {
        Scorer.fromAsset(context, "science.pupil").use { asset ->
            Fixtures.open(Fixtures.SCIENCE).use { file ->
                assertEquals(file.about().blake3, asset.about().blake3)
                val call = { scorer: Scorer -> scorer.score("science", "the air got warm", "Warm air expands.") }
                assertEquals(call(file), call(asset))
            }
        }
    }

    @Test
    fun task_pack_is_attached_from_an_asset() {
        Scorer.fromAsset(context, "mixtures.pupil").use { base ->
            context.assets.openFd("packs/pack.pupil").use { base.attach(it) }.use { attached ->
                assertEquals(1, attached.about().packs.size)
                val added = attached.tasks.first { it !in base.tasks }
                val reference = if (added.needsReference) "Warm air expands." else null
                assertEquals(added.labels.map { it.name }, attached.score(added.id, "warm", reference).labels.map { it.name })
            }
        }
    }

    @Test
    fun compressed_asset_is_refused_with_the_line_that_the_build_file_lacks() {
        val error = assertThrows(PupilException.Unreadable::class.java) { Scorer.fromAsset(context, "compressed.pupil") }
        assertEquals(
            "the asset compressed.pupil is compressed in the APK, so it cannot be mapped: " +
                "add androidResources { noCompress += \"pupil\" } to the app's build file",
            error.message,
        )
    }

    @Test
    fun missing_asset_is_named() {
        val error = assertThrows(PupilException.Unreadable::class.java) { Scorer.fromAsset(context, "none.pupil") }
        assertEquals("the app has no asset none.pupil", error.message)
    }

    @Test
    fun manifest_asks_for_no_permission() {
        for (module in listOf("sdk", "sample")) {
            val manifest = Fixtures.path("android/$module/src/main/AndroidManifest.xml").readText()
            assertEquals(module, false, manifest.contains("uses-permission"))
        }
    }
}
