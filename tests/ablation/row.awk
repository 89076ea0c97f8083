# A row of the table: mean and standard deviation of each column of figures.
{
    for (i = 1; i <= NF; i++) {
        sum[i] += $i
        squares[i] += $i * $i
    }
    columns = NF
}
END {
    printf "| %s | %s", name, (options == "" ? "" : "`" options "`")
    for (i = 1; i <= columns; i++) {
        mean = sum[i] / NR
        variance = NR > 1 ? (squares[i] - NR * mean * mean) / (NR - 1) : 0
        deviation = variance > 0 ? sqrt(variance) : 0
        digits = i == 3 || i == 4 ? 3 : i > 4 ? 1 : 2
        number = "%." digits "f"
        printf " | " number " ± " number, mean, deviation
    }
    print " |"
}
