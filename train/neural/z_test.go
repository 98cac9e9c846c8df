package neural
import ("testing";"fmt"; "github.com/modelbuild/modelbuild/internal/sampledata")
func TestZ(t *testing.T){
	deep := options()
	deep.Hidden, deep.Activation = []int{64, 32}, Tanh
	sgd := options()
	sgd.Solver, sgd.LearningRate = SGD, 0.05
	for _,c:=range []struct{n string;o Options}{{"digits",options()},{"digits",sgd},{"wine",deep}} {
		for _,l2:=range []float64{0,5e-7,1e-4,1e-3,5e-3} {
		train, test := sampledata.Split(sampledata.Load(t, c.n))
		train, test = sampledata.Standard(train, test)
		acc,it,lo:=0.0,0.0,0.0
		for seed := range uint64(20) {
			c.o.Seed = seed; c.o.L2=l2
			m, inf := fit(t, train, c.o)
			acc += sampledata.Accuracy(predict(t, m, test), test.Class) / 20
			it+=float64(inf.Iterations)/20; lo+=inf.Loss/20
		}
		fmt.Println(c.n,c.o.Solver,l2,acc,it,lo)
		}
	}
}
