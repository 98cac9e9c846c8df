import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.jblas.DoubleMatrix;
import org.jblas.Solve;

/** The mass of a penguin by a ridge regression on its standardised measurements. */
public class Train {
    static final List<String> FEATURES = List.of("bill_length_mm", "bill_depth_mm", "flipper_length_mm");
    static final String TARGET = "body_mass_g";

    /** A penguin: the number of its row, its measurements, its mass in grams. */
    record Row(int number, double[] x, double y) {}

    public static void main(String[] args) throws IOException {
        long seed = Long.parseLong(System.getenv("MODELBUILD_SEED"));
        double ridge = Double.parseDouble(System.getenv("RIDGE"));
        List<Row> rows = read(Path.of(System.getenv("MODELBUILD_DATA_TRAIN")));
        Collections.shuffle(rows, new Random(seed));
        int train = rows.size() - rows.size() / 5;

        double[][] columns = new double[FEATURES.size()][train];
        for (int i = 0; i < train; i++) {
            for (int j = 0; j < columns.length; j++) {
                columns[j][i] = rows.get(i).x[j];
            }
        }
        double[] mean = new double[columns.length], std = new double[columns.length];
        for (int j = 0; j < columns.length; j++) {
            mean[j] = Arrays.stream(columns[j]).average().orElseThrow();
            double m = mean[j];
            std[j] = Math.sqrt(Arrays.stream(columns[j]).map(v -> (v - m) * (v - m)).sum() / (train - 1));
        }
        DoubleMatrix x = new DoubleMatrix(rows.stream().map(r -> terms(r.x, mean, std)).toArray(double[][]::new));
        DoubleMatrix y = new DoubleMatrix(rows.stream().mapToDouble(Row::y).toArray());
        DoubleMatrix fitX = x.getRange(0, train, 0, x.columns), fitY = y.getRange(0, train, 0, 1);

        // (XᵀX + λI) w = Xᵀy by LAPACK's Cholesky factorisation; the intercept, which comes first, is not shrunk.
        DoubleMatrix gram = fitX.transpose().mmul(fitX);
        for (int i = 1; i < gram.rows; i++) {
            gram.put(i, i, gram.get(i, i) + ridge);
        }
        DoubleMatrix weights = Solve.solvePositive(gram, fitX.transpose().mmul(fitY));
        DoubleMatrix predicted = x.mmul(weights);
        System.out.printf("%d rows, %d terms, ridge %s%n", train, x.columns, ridge);

        // What runs in a build ends in the folder of its outputs, so that these are its files.
        Files.writeString(Path.of("model.json"), String.format(
                "{%n  \"features\": [%s],%n  \"target\": \"%s\",%n  \"mean\": %s,%n  \"std\": %s,%n  \"weights\": %s%n}%n",
                FEATURES.stream().map(f -> '"' + f + '"').collect(Collectors.joining(", ")), TARGET,
                Arrays.toString(mean), Arrays.toString(std), Arrays.toString(weights.toArray())));
        List<String> lines = new ArrayList<>(List.of("row,actual,score:prediction"));
        for (int i = train; i < rows.size(); i++) {
            lines.add(rows.get(i).number + "," + rows.get(i).y + "," + predicted.get(i));
        }
        Files.write(Path.of("predictions.csv"), lines);
    }

    /** 1, then the standardised measurements. */
    static double[] terms(double[] x, double[] mean, double[] std) {
        double[] out = new double[x.length + 1];
        out[0] = 1;
        for (int i = 0; i < x.length; i++) {
            out[i + 1] = (x[i] - mean[i]) / std[i];
        }
        return out;
    }

    /** The rows that lack nothing. */
    static List<Row> read(Path path) throws IOException {
        List<String> lines = Files.readAllLines(path);
        List<String> header = List.of(lines.get(0).split(","));
        List<Row> rows = new ArrayList<>();
        for (int n = 1; n < lines.size(); n++) {
            String[] cells = lines.get(n).split(",", -1);
            double[] x = FEATURES.stream().mapToDouble(f -> number(cells[header.indexOf(f)])).toArray();
            double y = number(cells[header.indexOf(TARGET)]);
            if (!Double.isNaN(y) && Arrays.stream(x).noneMatch(Double::isNaN)) {
                rows.add(new Row(n, x, y));
            }
        }
        return rows;
    }

    /** NaN for a cell that has no number. */
    static double number(String cell) {
        return cell.isEmpty() || cell.equals("NA") ? Double.NaN : Double.parseDouble(cell);
    }
}
