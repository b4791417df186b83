package io.github.pupilsdk

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.security.MessageDigest
import java.util.Properties

/** Files that a release is made with. */
class ReleaseTest {
    @Test
    fun wrapper_is_that_of_gradle_and_checks_what_it_downloads() {
        // https://gradle.org/release-checksums lists it: the wrapper of every Gradle 8.14.
        val published = "7d3a4ac4de1c32b59bc6a4eb8ecb8e612ccd0cf1ae1e99f66902da64df296172"
        val jar = Fixtures.path("android/gradle/wrapper/gradle-wrapper.jar").readBytes()
        assertEquals(published, hex(MessageDigest.getInstance("SHA-256").digest(jar)))
        val properties = Properties()
        Fixtures.path("android/gradle/wrapper/gradle-wrapper.properties").reader().use(properties::load)
        assertTrue(properties.getProperty("distributionUrl").startsWith("https://services.gradle.org/"))
        assertTrue(properties.getProperty("distributionSha256Sum").matches(Regex("[0-9a-f]{64}")))
    }
}
