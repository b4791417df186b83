// Scores an answer from C#: Score MODEL TASK ANSWER. Runs with .NET and with Mono.
using System;
using System.Runtime.InteropServices;
using System.Text;

static class Score
{
    // The functions of pupil.h that this example needs. `nuint` is C's size_t.
    const string Library = "pupil_c";

    [DllImport(Library)] static extern int pupil_open(byte[] path, IntPtr options, out IntPtr scorer, out IntPtr error);
    [DllImport(Library)] static extern int pupil_score(
        IntPtr scorer, byte[] task, byte[] answer, UIntPtr answerLen, out IntPtr score, out IntPtr error);
    [DllImport(Library)] static extern IntPtr pupil_status_name(int status);
    [DllImport(Library)] static extern IntPtr pupil_review_name(int review);
    [DllImport(Library)] static extern void pupil_score_free(IntPtr score);
    [DllImport(Library)] static extern void pupil_error_free(IntPtr error);
    [DllImport(Library)] static extern void pupil_close(IntPtr scorer);

    // PupilScore up to its last field of use here; the library may have more behind it.
    [StructLayout(LayoutKind.Sequential)]
    struct PupilScore
    {
        public uint LabelCount;
        public IntPtr Probabilities;
        public IntPtr Awarded;
        [MarshalAs(UnmanagedType.I1)] public bool HasLevel;
        public int Level;
        public float Expected;
        public float Confidence;
        public int Review;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct PupilError
    {
        public int Kind;
        public IntPtr Message;
        public long Answer;
    }

    // A text with the zero byte that ends it.
    static byte[] Text(string text)
    {
        return Encoding.UTF8.GetBytes(text + "\0");
    }

    static void Check(int status, IntPtr error)
    {
        if (status == 0) return;
        var found = (PupilError)Marshal.PtrToStructure(error, typeof(PupilError));
        string message = Marshal.PtrToStringAnsi(pupil_status_name(status)) + ": " + Utf8(found.Message);
        pupil_error_free(error);
        throw new InvalidOperationException(message);
    }

    static string Utf8(IntPtr text)
    {
        int length = 0;
        while (Marshal.ReadByte(text, length) != 0) length++;
        var bytes = new byte[length];
        Marshal.Copy(text, bytes, 0, length);
        return Encoding.UTF8.GetString(bytes);
    }

    static int Main(string[] arguments)
    {
        if (arguments.Length != 3)
        {
            Console.Error.WriteLine("usage: Score MODEL TASK ANSWER");
            return 2;
        }
        IntPtr scorer, place, error;
        Check(pupil_open(Text(arguments[0]), IntPtr.Zero, out scorer, out error), error);
        try
        {
            byte[] answer = Encoding.UTF8.GetBytes(arguments[2]);
            var length = (UIntPtr)(uint)answer.Length;
            Check(pupil_score(scorer, Text(arguments[1]), answer, length, out place, out error), error);
            var score = (PupilScore)Marshal.PtrToStructure(place, typeof(PupilScore));
            var probabilities = new float[score.LabelCount];
            Marshal.Copy(score.Probabilities, probabilities, 0, probabilities.Length);
            string review = Marshal.PtrToStringAnsi(pupil_review_name(score.Review));
            pupil_score_free(place);

            foreach (float probability in probabilities)
            {
                int bits = BitConverter.ToInt32(BitConverter.GetBytes(probability), 0);
                Console.WriteLine("{0:F6} {1:x8}", probability, bits);
            }
            if (score.HasLevel) Console.WriteLine("level {0}, expected {1:F6}", score.Level, score.Expected);
            Console.WriteLine("confidence {0:F6}, {1}", score.Confidence, review);
            return 0;
        }
        finally
        {
            pupil_close(scorer);
        }
    }
}
