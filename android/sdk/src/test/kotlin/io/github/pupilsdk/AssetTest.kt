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
import java.io.File
import java.io.RandomAccessFile

/** Tests models inside an APK, read by Android's own code. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
class AssetTest {
    private val context: Context = RuntimeEnvironment.getApplication()

    @Before
    fun add_the_package() {
        // Robolectric finds an app's assets only in a package made by Android's build tools.
        assertTrue(context.assets.addAssetPath(System.getProperty("pupil.apk")) != 0)
    }

    @Test
    fun stored_asset_scores_as_the_file_does() {
        Scorer.fromAsset(context, "science.pupil").use { asset ->
            Fixtures.open(Fixtures.SCIENCE).use { file ->
                assertEquals(file.about().blake3, asset.about().blake3)
                val call = { scorer: Scorer -> scorer.score("science", "the air got warm", "Warm air expands.") }
                assertEquals(call(file), call(asset))
            }
        }
    }

    @Test
    fun stored_asset_is_mapped_until_its_scorer_is_closed_and_a_part_of_a_file_is_copied() {
        val apk = File.createTempFile("pupil", ".apk")
        try {
            File(System.getProperty("pupil.apk")).copyTo(apk, overwrite = true)
            assertTrue(context.assets.addAssetPath(apk.path) != 0)
            for ((name, mapped) in listOf("science.pupil" to true, "mixtures.pupil" to false)) {
                val open = {
                    if (mapped) {
                        Scorer.fromAsset(context, name)
                    } else {
                        context.assets.openFd(name).use { Scorer.fromDescriptor(it) }
                    }
                }
                val want = open().use { it.about().blake3 }
                assertMappings("before $name", 0, apk)
                val scorer = open()
                assertMappings("while $name is open", if (mapped) 1 else 0, apk)
                // On every system, a mapping shows later changes of the file.
                context.assets.openFd(name).use { flip(apk, it.startOffset + it.length - 1) }
                assertEquals(name, mapped, scorer.use { it.about().blake3 } != want)
                assertMappings("after $name is closed", 0, apk)
            }
        } finally {
            apk.delete()
        }
    }

    /** The number of mappings of the file in this process; only Linux, including Android, reports it. */
    private fun assertMappings(what: String, want: Int, file: File) {
        val maps = File("/proc/self/maps")
        if (maps.exists()) assertEquals(what, want, maps.readLines().count { it.endsWith(" ${file.canonicalPath}") })
    }

    /** Changes a byte of a file in place. */
    private fun flip(file: File, at: Long) {
        RandomAccessFile(file, "rw").use {
            it.seek(at)
            val byte = it.read()
            it.seek(at)
            it.write(byte xor 1)
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
    fun knowledge_model_is_opened_from_an_asset() {
        Tracker.fromAsset(context, "practice.pupil").use { asset ->
            Tracker.open(Fixtures.path(Fixtures.PRACTICE).path).use { assertEquals(it.predictAll(), asset.predictAll()) }
        }
        val error = assertThrows(PupilException.Unreadable::class.java) { Tracker.fromAsset(context, "none.pupil") }
        assertEquals("the app has no asset none.pupil", error.message)
    }

    @Test
    fun compressed_asset_is_rejected_with_the_missing_line_of_the_build_file() {
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
        for (module in listOf("engine", "sdk", "sample")) {
            val manifest = Fixtures.path("android/$module/src/main/AndroidManifest.xml").readText()
            assertEquals(module, false, manifest.contains("uses-permission"))
        }
    }
}
