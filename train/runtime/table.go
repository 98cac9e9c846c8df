package runtime

import (
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// mlOperators are those of ai.onnx.ml.
var mlOperators = map[string]operator{
	"LabelEncoder":          {1, 1, 1, 0, buildLabelEncoder},
	"LinearRegressor":       {1, 1, 1, 0, buildLinearRegressor},
	"Normalizer":            {1, 1, 1, 0, buildNormalizer},
	"OneHotEncoder":         {1, 1, 1, 0, buildOneHotEncoder},
	"Scaler":                {1, 1, 1, 0, buildScaler},
	"TreeEnsemble":          {1, 1, 1, onnx.OpsetTreeEnsemble, buildTreeEnsemble},
	"TreeEnsembleRegressor": {1, 1, 1, 0, buildTreeRegressor},
}

// elementOperators work on each element.
var elementOperators = map[string]operator{
	"Abs":            {1, 1, 1, 0, onNumbers(absolute[float32], absolute[float64], absoluteInts)},
	"Add":            {2, 2, 1, 0, arithmetic(add[float32], add[float64], add[int64])},
	"And":            {2, 2, 1, 0, logical(and)},
	"Cast":           {1, 1, 1, 0, buildCast},
	"Ceil":           {1, 1, 1, 0, function(math.Ceil)},
	"Clip":           {1, 3, 1, 0, buildClip},
	"Div":            {2, 2, 1, 0, arithmetic(divide[float32], divide[float64], divideInts)},
	"Elu":            {1, 1, 1, 0, withSlope(1, elu)},
	"Equal":          {2, 2, 1, 0, buildEqual},
	"Erf":            {1, 1, 1, 0, function(fpmath.Erf)},
	"Exp":            {1, 1, 1, 0, function(fpmath.Exp)},
	"Floor":          {1, 1, 1, 0, function(math.Floor)},
	"Greater":        {2, 2, 1, 0, comparison(greater[float32], greater[float64], greater[int64])},
	"GreaterOrEqual": {2, 2, 1, 0, comparison(greaterOrEqual[float32], greaterOrEqual[float64], greaterOrEqual[int64])},
	"Identity":       {1, 1, 1, 0, buildIdentity},
	"IsInf":          {1, 1, 1, 0, buildIsInf},
	"IsNaN":          {1, 1, 1, 0, asking(math.IsNaN)},
	"LeakyRelu":      {1, 1, 1, 0, withSlope(0.01, leakyRelu)},
	"Less":           {2, 2, 1, 0, comparison(less[float32], less[float64], less[int64])},
	"LessOrEqual":    {2, 2, 1, 0, comparison(lessOrEqual[float32], lessOrEqual[float64], lessOrEqual[int64])},
	"Log":            {1, 1, 1, 0, function(fpmath.Log)},
	"Max":            {1, many, 1, 0, variadic(largest[float32], largest[float64], largest[int64])},
	"Min":            {1, many, 1, 0, variadic(smallest[float32], smallest[float64], smallest[int64])},
	"Mod":            {2, 2, 1, 0, buildMod},
	"Mul":            {2, 2, 1, 0, arithmetic(multiply[float32], multiply[float64], multiply[int64])},
	"Neg":            {1, 1, 1, 0, onNumbers(negate[float32], negate[float64], negate[int64])},
	"Not":            {1, 1, 1, 0, buildNot},
	"Or":             {2, 2, 1, 0, logical(or)},
	"Pow":            {2, 2, 1, 0, buildPow},
	"Reciprocal":     {1, 1, 1, 0, function(reciprocal)},
	"Relu":           {1, 1, 1, 0, onFloats(relu[float32], relu[float64])},
	"Round":          {1, 1, 1, 0, function(math.RoundToEven)},
	"Sigmoid":        {1, 1, 1, 0, function(fpmath.Sigmoid)},
	"Sign":           {1, 1, 1, 0, onNumbers(sign[float32], sign[float64], sign[int64])},
	"Softplus":       {1, 1, 1, 0, function(fpmath.Softplus)},
	"Sqrt":           {1, 1, 1, 0, onFloats(squareRoot[float32], squareRoot[float64])},
	"Sub":            {2, 2, 1, 0, arithmetic(subtract[float32], subtract[float64], subtract[int64])},
	"Sum":            {1, many, 1, 0, variadic(add[float32], add[float64], add[int64])},
	"Tanh":           {1, 1, 1, 0, function(fpmath.Tanh)},
	"Where":          {3, 3, 1, 0, buildWhere},
	"Xor":            {2, 2, 1, 0, logical(xor)},
}

// arrayOperators work on whole tensors or along their axes. Axes of reductions
// became an input in version 18, that of ReduceSum in 13.
var arrayOperators = map[string]operator{
	"ArgMax":           {1, 1, 1, 0, arg(false)},
	"ArgMin":           {1, 1, 1, 0, arg(true)},
	"Concat":           {1, many, 1, 0, buildConcat},
	"Constant":         {0, 0, 1, 0, buildConstant},
	"ConstantOfShape":  {1, 1, 1, 0, buildConstantOfShape},
	"Expand":           {2, 2, 1, 0, buildExpand},
	"Flatten":          {1, 1, 1, 0, buildFlatten},
	"Gather":           {2, 2, 1, 0, buildGather},
	"GatherElements":   {2, 2, 1, 0, buildGatherElements},
	"Gemm":             {2, 3, 1, 0, buildGemm},
	"LogSoftmax":       {1, 1, 1, 0, normalising(logSoftmax)},
	"LpNormalization":  {1, 1, 1, 0, buildLpNormalization},
	"MatMul":           {2, 2, 1, 0, buildMatMul},
	"OneHot":           {3, 3, 1, 0, buildOneHot},
	"ReduceL1":         {1, 2, 1, 0, reducing(reduceL1, 18)},
	"ReduceL2":         {1, 2, 1, 0, reducing(reduceL2, 18)},
	"ReduceMax":        {1, 2, 1, 0, reducing(reduceMax, 18)},
	"ReduceMean":       {1, 2, 1, 0, reducing(reduceMean, 18)},
	"ReduceMin":        {1, 2, 1, 0, reducing(reduceMin, 18)},
	"ReduceSum":        {1, 2, 1, 0, reducing(reduceSum, 13)},
	"ReduceSumSquare":  {1, 2, 1, 0, reducing(reduceSumSquare, 18)},
	"Reshape":          {2, 2, 1, 0, buildReshape},
	"Shape":            {1, 1, 1, 0, buildShape},
	"Slice":            {3, 5, 1, 0, buildSlice},
	"Softmax":          {1, 1, 1, 0, normalising(softmax)},
	"Split":            {1, 2, many, 0, buildSplit},
	"Squeeze":          {1, 2, 1, 0, buildSqueeze},
	"StringNormalizer": {1, 1, 1, 0, buildStringNormalizer},
	"StringSplit":      {1, 1, 2, 20, buildStringSplit},
	"TfIdfVectorizer":  {1, 1, 1, 0, buildTfIdf},
	"Tile":             {2, 2, 1, 0, buildTile},
	"TopK":             {2, 2, 2, 0, buildTopK},
	"Transpose":        {1, 1, 1, 0, buildTranspose},
	"Unsqueeze":        {2, 2, 1, 0, buildUnsqueeze},
}
