import Pupil
