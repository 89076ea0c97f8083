# The figures of the generated pictures, on one line, from what `pocketgan eval --json` prints.
BEGIN { FS = "[:,]" }
/"generated"/ { inside = 1 }
/"real"/ { inside = 0 }
inside && /"frechet_distance"/ { frechet = $2 }
inside && /"classifier_score"/ { score = $2 }
inside && /"precision"/ { precision = $2 }
inside && /"recall"/ { recall = $2 }
inside && /"shares"/ { shares = 1; rarest = 1; most = 0; next }
shares && /\]/ { shares = 0 }
shares {
    if ($1 + 0 < rarest) rarest = $1 + 0
    if ($1 + 0 > most) most = $1 + 0
}
END { print frechet + 0, score + 0, precision + 0, recall + 0, 100 * rarest, 100 * most }
